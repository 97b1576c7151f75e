#!/usr/bin/env python3
"""Makes tiny models of `transformers` in Hugging Face's layout, with what they compute, from a seed.

    python3 Scripts/make-pretrained-fixtures.py Tests/LatheModelsTests/Resources/pretrained

A directory holds what `save_pretrained` writes and `expected.safetensors`: inputs (int32), outputs without dropout, every
hidden state, attention scores (scaled, before mask and softmax), the loss and its gradients by state-dict name, computed in
double precision and kept in single. Variants hold the weights of another directory saved in another way; `manifest.json`
says of which, and records versions and the hash of every file. Needs `pip install torch transformers safetensors`.
"""
import argparse
import copy
import hashlib
import json
import pathlib
import platform
import shutil
import sys

try:
    import huggingface_hub
    import safetensors
    import torch
    import torch_resnet
    import transformers
    from safetensors.torch import save_file
    from torch.nn import functional
    from transformers.masking_utils import eager_mask
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install torch transformers safetensors")

SEED, SPREAD, SHARD_BYTES = 17, 0.2, 12_000
VOCABULARY, LENGTHS = 61, [11, 7, 4]
LABELS = ["contradiction", "entailment", "neutral"]
CLASSES = {"id2label": dict(enumerate(LABELS)), "label2id": {label: index for index, label in enumerate(LABELS)}}
BERT = {"vocab_size": VOCABULARY, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "max_position_embeddings": 20, "initializer_range": SPREAD}
CLASSIFIER = BERT | {"hidden_size": 20, "num_attention_heads": 4, "intermediate_size": 24}
ROBERTA = BERT | {"type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
DISTILBERT = {"vocab_size": VOCABULARY, "dim": 16, "n_layers": 2, "n_heads": 4, "hidden_dim": 32, "max_position_embeddings": 20,
              "initializer_range": SPREAD}
GPT2 = {"vocab_size": VOCABULARY, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 20, "initializer_range": SPREAD,
        "bos_token_id": VOCABULARY - 1, "eos_token_id": VOCABULARY - 1}

scores = []


def recording_attention(module, query, key, value, attention_mask, scaling, **kwargs):
    scores.append(query @ key.transpose(2, 3) * scaling)
    weights = (scores[-1] + attention_mask).softmax(-1)
    return (weights @ value).transpose(1, 2), weights


transformers.AttentionInterface.register("recording", recording_attention)
transformers.AttentionMaskInterface.register("recording", eager_mask)


def randomized(model):
    """Every parameter random: with biases of 0 and gains of 1, mixing them up would not show."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0, SPREAD)
            if parameter.dim() == 1 and name.endswith("weight"):
                parameter.add_(1)
    return model.eval()


def token_inputs(model):
    """Rows of different lengths, padded on the right."""
    config, shape = model.config, (len(LENGTHS), max(LENGTHS))
    mask = torch.tensor([[int(position < length) for position in range(shape[1])] for length in LENGTHS])
    ids = torch.randint(5, VOCABULARY, shape) * mask
    ids[mask == 0] = config.eos_token_id if config.model_type == "gpt2" else config.pad_token_id
    inputs = {"input_ids": ids, "attention_mask": mask}
    if config.model_type == "bert":
        inputs["token_type_ids"] = (torch.arange(shape[1]) > 2).long() * mask
    return inputs


def labels_for(model, inputs):
    kind, mask = type(model).__name__, inputs["attention_mask"]
    if kind.endswith("MaskedLM"):
        chosen = (mask == 1) & (torch.rand(mask.shape) < 0.4)
        return torch.where(chosen, torch.randint(5, VOCABULARY, mask.shape), -100)
    if kind.endswith("LMHeadModel"):
        return torch.where(mask == 1, inputs["input_ids"], -100)
    return torch.tensor([0.5, -1.25, 2.0]) if model.config.num_labels == 1 else torch.tensor([2, 0, 1])


def loss_of(logits, labels, model):
    """As the model computes it, but without its rounding to single precision."""
    if labels.is_floating_point():
        return functional.mse_loss(logits.squeeze(-1), labels.double())
    if type(model).__name__.endswith("LMHeadModel"):
        logits, labels = logits[:, :-1], labels[:, 1:]
    return functional.cross_entropy(logits.flatten(0, -2), labels.flatten())


def kept(tensors):
    """Single precision and 32-bit integers."""
    return {name: tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.int32).contiguous()
            for name, tensor in tensors.items()}


def expected(model):
    model = copy.deepcopy(model).double()
    model.set_attn_implementation("recording")
    scores.clear()
    inputs = token_inputs(model)
    output = model(**inputs, output_hidden_states=True)
    tensors = dict(inputs)
    tensors |= {f"hidden_states.{layer}": states for layer, states in enumerate(output.hidden_states)}
    tensors |= {f"attention_scores.{layer}": layer_scores for layer, layer_scores in enumerate(scores)}
    if "logits" in output:
        labels = labels_for(model, inputs)
        tensors |= {"logits": output.logits, "labels": labels, "loss": loss_of(output.logits, labels, model)}
        theirs = copy.deepcopy(model).float()(**inputs, labels=labels).loss
        torch.testing.assert_close(theirs.double(), tensors["loss"], rtol=1e-5, atol=1e-5)
    else:
        # A base model has no loss of its own: a random linear function of its outputs, padded positions apart.
        outputs = {"last_hidden_state": output.last_hidden_state, "pooler_output": output.pooler_output}
        factors = {name: torch.randn_like(value).float().double() for name, value in outputs.items()}
        factors["last_hidden_state"] *= inputs["attention_mask"].unsqueeze(-1)
        tensors |= outputs | {f"loss_weights.{name}": value for name, value in factors.items()}
        tensors["loss"] = sum((outputs[name] * factors[name]).sum() for name in outputs)
    tensors["loss"].backward()
    tensors |= {f"grad/{name}": parameter.grad for name, parameter in model.named_parameters()}
    return kept(tensors)


def models():
    """Each with what sets it apart: RoBERTa's masked-language head has GELU whatever `hidden_act` says."""
    yield "bert-base", transformers.BertModel(transformers.BertConfig(**BERT))
    yield "bert-classifier", transformers.BertForSequenceClassification(transformers.BertConfig(**CLASSIFIER, **CLASSES))
    yield "bert-regression", transformers.BertForSequenceClassification(
        transformers.BertConfig(**BERT, num_labels=1, layer_norm_eps=1e-6))
    yield "bert-masked-lm", transformers.BertForMaskedLM(transformers.BertConfig(**BERT, hidden_act="gelu_new"))
    yield "bert-pretraining", transformers.BertForPreTraining(transformers.BertConfig(**BERT))
    yield "roberta-classifier", transformers.RobertaForSequenceClassification(transformers.RobertaConfig(**ROBERTA, **CLASSES))
    yield "roberta-masked-lm", transformers.RobertaForMaskedLM(transformers.RobertaConfig(**ROBERTA, hidden_act="relu"))
    yield "distilbert-classifier", transformers.DistilBertForSequenceClassification(
        transformers.DistilBertConfig(**DISTILBERT, **CLASSES))
    yield "distilbert-masked-lm", transformers.DistilBertForMaskedLM(transformers.DistilBertConfig(**DISTILBERT, activation="relu"))
    yield "gpt2", transformers.GPT2LMHeadModel(transformers.GPT2Config(**GPT2))


def write_config(source, directory, **changes):
    directory.mkdir()
    config = json.loads((source / "config.json").read_text()) | changes
    (directory / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def write_bin_shards(state, directory):
    split = huggingface_hub.split_torch_state_dict_into_shards(
        state, filename_pattern="pytorch_model{suffix}.bin", max_shard_size=SHARD_BYTES)
    for file, names in split.filename_to_tensors.items():
        torch.save({name: state[name] for name in names}, directory / file)
    index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
    (directory / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def write_classifier_variants(out, model):
    """The BERT classifier saved in the other ways that one finds."""
    name, state = "bert-classifier", model.state_dict()
    source = out / name
    model.save_pretrained(out / f"{name}-sharded", max_shard_size=SHARD_BYTES)
    write_config(source, out / f"{name}-bin")
    torch.save(state, out / f"{name}-bin/pytorch_model.bin")
    write_config(source, out / f"{name}-bin-sharded")
    write_bin_shards(state, out / f"{name}-bin-sharded")

    write_config(source, out / f"{name}-old-names", position_embedding_type="absolute", gradient_checkpointing=False)
    old = {key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
           for key, value in state.items()}
    old["bert.embeddings.position_ids"] = torch.arange(CLASSIFIER["max_position_embeddings"]).unsqueeze(0)
    save_file(old, out / f"{name}-old-names/model.safetensors", metadata={"format": "pt"})

    base = transformers.BertModel(transformers.BertConfig(**CLASSIFIER))
    base.load_state_dict(model.bert.state_dict())
    base.save_pretrained(out / f"{name}-no-prefix")
    for kind, dtype in (("half", torch.float16), ("bfloat16", torch.bfloat16)):
        rounded = copy.deepcopy(model).to(dtype)
        rounded.save_pretrained(out / f"{name}-{kind}")
        outputs = {key: value for key, value in expected(rounded).items() if "." not in key}
        save_file(outputs, out / f"{name}-{kind}/expected.safetensors")
    return {f"{name}-{kind}": name for kind in ("sharded", "bin", "bin-sharded", "old-names", "no-prefix")}


def write_bare_gpt2(out, model):
    """As the hub's `gpt2`: names without `transformer.`, and the causal masks, which no longer are parameters."""
    write_config(out / "gpt2", out / "gpt2-bare")
    state, positions = model.transformer.state_dict(), GPT2["n_positions"]
    for layer in range(GPT2["n_layer"]):
        state[f"h.{layer}.attn.bias"] = torch.ones(positions, positions).tril().reshape(1, 1, positions, positions)
    save_file(state, out / "gpt2-bare/model.safetensors", metadata={"format": "pt"})
    return {"gpt2-bare": "gpt2"}


def write_resnet(directory, block, blocks, width):
    """Weights alone. One step of batch normalisation in training mode: gradients, and the statistics after it."""
    model = randomized(torch_resnet.ResNet(block, blocks, width, classes=5))
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.dim() == 4:
                tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5)
            elif name.endswith("running_mean"):
                tensor.normal_(0, SPREAD)
            elif name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
    directory.mkdir()
    save_file(model.state_dict(), directory / "model.safetensors")
    model, x, labels = model.double(), torch.randn(3, 3, 40, 24), torch.tensor([4, 0, 2])
    tensors = {"x": x, "labels": labels, "logits": model(x.double())}
    tensors["train.logits"] = model.train()(x.double())
    tensors["loss"] = functional.cross_entropy(tensors["train.logits"], labels)
    tensors["loss"].backward()
    tensors |= {f"grad/{name}": parameter.grad for name, parameter in model.named_parameters()}
    tensors |= {f"after/{name}": buffer for name, buffer in model.named_buffers()}
    save_file(kept(tensors), directory / "expected.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="the directory, replaced as a whole")
    out = parser.parse_args().out
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)

    variants = {}
    for name, model in models():
        randomized(model).save_pretrained(out / name)
        opened = model
        if name == "bert-pretraining":
            opened = transformers.BertForMaskedLM.from_pretrained(out / name)
        save_file(expected(opened), out / name / "expected.safetensors")
        if name == "bert-classifier":
            variants |= write_classifier_variants(out, model)
        elif name == "gpt2":
            variants |= write_bare_gpt2(out, model)
    write_resnet(out / "resnet-basic", torch_resnet.BasicBlock, [2, 1, 1, 1], width=4)
    write_resnet(out / "resnet-bottleneck", torch_resnet.Bottleneck, [1, 2, 1, 1], width=3)

    files = sorted(path for path in out.rglob("*") if path.is_file())
    manifest = {
        "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
        "safetensors": safetensors.__version__, "seed": SEED, "variants": variants,
        "sha256": {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(sum(path.stat().st_size for path in files), "bytes in", len(files), "files")


if __name__ == "__main__":
    main()
