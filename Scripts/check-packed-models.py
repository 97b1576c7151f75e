#!/usr/bin/env python3
"""Opens packed models that Lathe wrote with `transformers` and `compressed-tensors`, lets Lathe open what these wrote, and compares sentence vectors.

Needs torch, transformers, compressed-tensors, and a built `lathe`. Prints one line a model: the least cosine of all texts, and the mean. Where inputs are
rounded, a sum in another order tips roundings over, which later layers carry on; the cosine of Lathe's vectors from the same weights in floats
(--no-pack) shows how much that alone makes. Python's range of inputs differs besides (divided by 127.5, not 128).

    swift build -c release
    python3 Scripts/check-packed-models.py .build/release/lathe all-MiniLM-L6-v2 texts.txt
"""
import argparse
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

import torch
from compressed_tensors.compressors import BaseCompressor, ModelCompressor
from compressed_tensors.quantization import QuantizationConfig, QuantizationStatus, apply_quantization_config
from compressed_tensors.quantization.utils import calculate_qparams
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel

LAYERS = ["attention.self", "dense"]
INPUTS = {"shared_parameters": {"enabled": True, "quantization_type": "symmetric", "range_calibration": "dynamic", "schedule_offset": 0},
          "different_groups": {"inputs": {"params": {"bits": 8}, "modules": LAYERS}}}


def weights(bits, groups, grid="symmetric", modules=LAYERS):
    shared = {"enabled": True, "quantize_weight_in_forward": True, "quantization_type": grid, "quantize_groups": groups, "schedule_offset": 0}
    return {"shared_parameters": shared, "different_groups": {"weights": {"params": {"start_bits": bits, "target_bits": bits}, "modules": modules}}}


def lathe_configs(hidden):
    """DeepSpeed configs whose groups are rows, or divide the rows of every layer."""
    groups = hidden * hidden // 32
    return {
        "W8A8, row groups": {"weight_quantization": weights(8, 16), "activation_quantization": INPUTS},
        "W8A8 asymmetric": {"weight_quantization": weights(8, 16, "asymmetric"), "activation_quantization": INPUTS},
        "W8, inputs in floats": {"weight_quantization": weights(8, 1)},
        "W4 groups": {"weight_quantization": weights(4, groups)},
        "W4 groups asymmetric": {"weight_quantization": weights(4, groups, "asymmetric")},
        "W4A8 groups": {"weight_quantization": weights(4, groups), "activation_quantization": INPUTS},
        "W3 groups": {"weight_quantization": weights(3, groups)},
        "W8A8 with the word embedding": {
            "weight_quantization": weights(8, 16, modules=LAYERS + ["word_embeddings"]), "activation_quantization": INPUTS},
    }


def python_schemes(hidden):
    inputs = {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "token", "dynamic": True}
    group = 128 if hidden % 128 == 0 else 32
    four = {"num_bits": 4, "type": "int", "symmetric": True, "strategy": "group", "group_size": group}
    return {
        "int-quantized W8A8": {"weights": {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel"}, "input_activations": inputs},
        "int-quantized W8A8 asymmetric": {"weights": {"num_bits": 8, "type": "int", "symmetric": False, "strategy": "channel"}, "input_activations": inputs},
        f"pack-quantized W4, groups of {group}": {"weights": four},
        f"pack-quantized W4 asymmetric, groups of {group}": {"weights": dict(four, symmetric=False)},
        "pack-quantized W8, rows": {"weights": {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel"}},
        "pack-quantized W3, one scale": {"weights": {"num_bits": 3, "type": "int", "symmetric": True, "strategy": "tensor"}},
    }


def lathe_vectors(lathe, model, texts):
    lines = subprocess.run([lathe, "embed", "--model", model, "--texts", texts, "--max-length", "128"], check=True, capture_output=True, text=True).stdout
    return torch.tensor([json.loads(line)["embedding"] for line in lines.splitlines()])


def python_vectors(model, tokenizer, texts):
    vectors = []
    with torch.no_grad():
        for text in texts:
            hidden = model(**tokenizer(text, return_tensors="pt", truncation=True, max_length=128)).last_hidden_state[0]
            vectors.append(torch.nn.functional.normalize(hidden.mean(dim=0), dim=0))
    return torch.stack(vectors).float()


def opened(directory):
    """The model as `transformers` opens it. Release 5.24 with compressed-tensors 0.20 makes room for zero points that are not packed, and so refuses
    asymmetric pack-quantized models, its own included; those are unpacked by compressed-tensors alone."""
    config = AutoConfig.from_pretrained(directory)
    groups = list(QuantizationConfig.model_validate(config.quantization_config).config_groups.values())
    if all(group.weights is None or group.weights.symmetric or group.format != "pack-quantized" for group in groups):
        return AutoModel.from_pretrained(directory, dtype=torch.float32)
    del config.quantization_config
    model, tensors = AutoModel.from_config(config, dtype=torch.float32).eval(), load_file(os.path.join(directory, "model.safetensors"))
    for name, module in model.named_modules():
        parts = {key[len(name) + 1:]: tensors.pop(key) for key in list(tensors) if key.startswith(name + ".weight_")}
        if parts:
            group = next(group for group in groups if name in group.targets or type(module).__name__ in group.targets)
            tensors[name + ".weight"] = BaseCompressor.get_value_from_registry(group.format).decompress(parts, group)["weight"]
    model.load_state_dict(tensors)
    return model


def quantized_in_python(source, target, scheme):
    """Writes `source` with weights rounded by compressed-tensors itself."""
    model = AutoModel.from_pretrained(source, dtype=torch.float32)
    config = QuantizationConfig(config_groups={"group_0": dict(copy.deepcopy(scheme), targets=["Linear"])}, ignore=["pooler.dense"])
    apply_quantization_config(model, config, show_progress=False)
    for module in model.modules():
        arguments = getattr(getattr(module, "quantization_scheme", None), "weights", None)
        if arguments is None:
            continue
        weight = module.weight.data
        if arguments.strategy == "tensor":
            low, high = weight.min().reshape(1), weight.max().reshape(1)
        else:
            runs = weight.reshape(weight.shape[0], -1, arguments.group_size or weight.shape[1])
            low, high = runs.amin(dim=-1), runs.amax(dim=-1)
        scale, zero_point = calculate_qparams(low, high, arguments)
        module.weight_scale.data = scale.reshape(module.weight_scale.shape)
        if hasattr(module, "weight_zero_point"):
            module.weight_zero_point.data = zero_point.reshape(module.weight_zero_point.shape)
        module.quantization_status = QuantizationStatus.FROZEN
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    model.save_pretrained(target)
    compressor.update_config(target)
    copy_tokenizer(source, target)


def copy_tokenizer(source, target):
    for name in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"]:
        if os.path.exists(os.path.join(source, name)):
            shutil.copy(os.path.join(source, name), target)


def tiny_model(like, target):
    """A random encoder with the tokenizer of another one."""
    torch.manual_seed(1)
    words = AutoTokenizer.from_pretrained(like).vocab_size
    sizes = BertConfig(vocab_size=words, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, initializer_range=0.1)
    BertModel(sizes).save_pretrained(target)
    copy_tokenizer(like, target)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lathe", help="the program")
    parser.add_argument("model", help="a directory with an encoder")
    parser.add_argument("texts", help="lines of text")
    parser.add_argument("--least", type=float, default=0.995, help="the mean cosine below which a model fails")
    arguments = parser.parse_args()
    texts = [line.strip() for line in open(arguments.texts, encoding="utf-8") if line.strip()]
    failed = False

    def cosines(ours, theirs):
        values = torch.nn.functional.cosine_similarity(ours, theirs)
        return values.mean(), f"cosine least {values.min():.6f}, mean {values.mean():.6f}"

    def compare(name, ours, theirs, floats=None):
        nonlocal failed
        mean, text = cosines(ours, theirs)
        failed = failed or bool(mean < arguments.least)
        print(f"  {name}: {text}" + ("" if floats is None else f"; Lathe in floats: {cosines(ours, floats)[1]}"), flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        for label, model in [("tiny", tiny_model(arguments.model, os.path.join(scratch, "tiny"))), (arguments.model, arguments.model)]:
            tokenizer, hidden = AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model).config.hidden_size
            print(f"{label}, written by Lathe, opened in Python")
            for name, config in lathe_configs(hidden).items():
                path, out = os.path.join(scratch, "config.json"), os.path.join(scratch, "out")
                json.dump({"compression_training": config}, open(path, "w"))
                command = [arguments.lathe, "quantize", "--model", model, "--config", path, "--overwrite", "--out"]
                subprocess.run(command + [out], check=True, capture_output=True)
                subprocess.run(command + [out + "-floats", "--no-pack"], check=True, capture_output=True)
                ours, floats = (lathe_vectors(arguments.lathe, directory, arguments.texts) for directory in (out, out + "-floats"))
                compare(name, ours, python_vectors(opened(out), tokenizer, texts), floats)
            print(f"{label}, written in Python, opened by Lathe")
            for name, scheme in python_schemes(hidden).items():
                out = os.path.join(scratch, "python")
                shutil.rmtree(out, ignore_errors=True)
                quantized_in_python(model, out, scheme)
                compare(name, lathe_vectors(arguments.lathe, out, arguments.texts), python_vectors(opened(out), tokenizer, texts))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
