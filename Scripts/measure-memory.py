#!/usr/bin/env python3
"""Measures the anonymous memory of commands on models of the shapes of GPT-2 large (3.1 GB) and BERT-large (1.3 GB), with random weights.

    python3 Scripts/measure-memory.py .build/release/lathe WORK            # both models, every command
    python3 Scripts/measure-memory.py .build/release/lathe WORK --small    # GPT-2's smallest shape and BERT-base

WORK keeps the models (6 GB with all outputs). Anonymous memory is `RssAnon` of /proc, read every few milliseconds: what the process holds beside the
files that it maps. Each line has the peak, the most that is right, and the time. Exit code 1 if one is beyond. Linux only. Needs `pip install numpy`.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

try:
    import numpy as np
except ModuleNotFoundError:
    sys.exit("the Python package numpy is missing: pip install numpy")

MB = 1e6
GPT2 = {"small": dict(n_embd=768, n_layer=12, n_head=12), "large": dict(n_embd=1280, n_layer=36, n_head=20)}
BERT = {"small": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
        "large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)}
WORDS = ["the", "a", "film", "movie", "good", "bad", "was", "is", "very", "dull", "fun", "and", "but", "not"]


def write_safetensors(path, shapes, seed):
    """Random f32 tensors, one at a time."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes:
        size = 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(seed)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes:
            is_norm = "ln_" in name or "LayerNorm" in name
            values = np.ones(shape, np.float32) if is_norm and name.endswith("weight") else random.standard_normal(shape, np.float32) * np.float32(0.02)
            file.write(values.tobytes())


def make_gpt2(path, sizes):
    path.mkdir(parents=True)
    d, layers, words = sizes["n_embd"], sizes["n_layer"], 50257
    config = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], vocab_size=words, n_positions=1024, n_ctx=1024, activation_function="gelu_new",
                  layer_norm_epsilon=1e-5, bos_token_id=words - 1, eos_token_id=words - 1, **sizes)
    shapes = [("wte.weight", [words, d]), ("wpe.weight", [1024, d])]
    for i in range(layers):
        for name, shape in [("attn.c_attn", [d, 3 * d]), ("attn.c_proj", [d, d]), ("mlp.c_fc", [d, 4 * d]), ("mlp.c_proj", [4 * d, d])]:
            shapes += [(f"h.{i}.{name}.weight", shape), (f"h.{i}.{name}.bias", shape[1:])]
        shapes += [(f"h.{i}.{name}", [d]) for name in ("ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias")]
    shapes += [("ln_f.weight", [d]), ("ln_f.bias", [d])]
    write_safetensors(path / "model.safetensors", shapes, 1)
    (path / "config.json").write_text(json.dumps(config))
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [b for b in range(256) if b not in printable]
    names = [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]
    vocabulary = {name: i for i, name in enumerate(names)}
    vocabulary |= {f"<|unused{i}|>": i for i in range(256, words - 1)} | {"<|endoftext|>": words - 1}
    (path / "vocab.json").write_text(json.dumps(vocabulary))
    (path / "merges.txt").write_text("#version: 0.2\n")
    (path / "tokenizer_config.json").write_text(json.dumps(dict(tokenizer_class="GPT2Tokenizer", model_max_length=1024)))


def make_bert(path, sizes):
    path.mkdir(parents=True)
    d, wide, words = sizes["hidden_size"], sizes["intermediate_size"], 30522
    config = dict(model_type="bert", architectures=["BertForSequenceClassification"], vocab_size=words, max_position_embeddings=512, type_vocab_size=2,
                  hidden_act="gelu", layer_norm_eps=1e-12, pad_token_id=0, id2label={"0": "negative", "1": "positive"}, label2id={"negative": 0, "positive": 1}, **sizes)
    shapes = [(f"bert.embeddings.{name}_embeddings.weight", [n, d]) for name, n in [("word", words), ("position", 512), ("token_type", 2)]]
    shapes += [("bert.embeddings.LayerNorm.weight", [d]), ("bert.embeddings.LayerNorm.bias", [d])]
    for i in range(sizes["num_hidden_layers"]):
        prefix = f"bert.encoder.layer.{i}."
        parts = [("attention.self.query", d, d), ("attention.self.key", d, d), ("attention.self.value", d, d), ("attention.output.dense", d, d),
                 ("intermediate.dense", wide, d), ("output.dense", d, wide)]
        for name, outputs, inputs in parts:
            shapes += [(f"{prefix}{name}.weight", [outputs, inputs]), (f"{prefix}{name}.bias", [outputs])]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes += [(f"{prefix}{name}.weight", [d]), (f"{prefix}{name}.bias", [d])]
    for name, outputs in [("bert.pooler.dense", d), ("classifier", 2)]:
        shapes += [(f"{name}.weight", [outputs, d]), (f"{name}.bias", [outputs])]
    write_safetensors(path / "model.safetensors", shapes, 2)
    (path / "config.json").write_text(json.dumps(config))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS
    (path / "vocab.txt").write_text("\n".join(special + [f"[unused{i}]" for i in range(words - len(special))]) + "\n")
    (path / "tokenizer_config.json").write_text(json.dumps(dict(tokenizer_class="BertTokenizer", do_lower_case=True, model_max_length=512)))


def anonymous_peak(command):
    """Runs it: its peak of RssAnon in bytes, and seconds."""
    start, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        status = pathlib.Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            try:
                line = next((line for line in status.read_text().splitlines() if line.startswith("RssAnon:")), None)
            except (FileNotFoundError, ProcessLookupError):
                break
            peak = max(peak, int(line.split()[1]) * 1024 if line else 0)
            time.sleep(0.005)
        error = process.stderr.read()
        process.wait()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{error}")
    return peak, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lathe")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", help="commands whose line has this text")
    options = parser.parse_args()
    size = "small" if options.small else "large"
    gpt2, bert = options.work / f"gpt2-{size}", options.work / f"bert-{size}"
    if not gpt2.exists():
        make_gpt2(gpt2, GPT2[size])
    if not bert.exists():
        make_bert(bert, BERT[size])
    text, reviews, out = options.work / "text.txt", options.work / "reviews.tsv", str(options.work / "out")
    text.write_text("\n".join(" ".join(WORDS[(i + j) % len(WORDS)] for j in range(40)) for i in range(24)) + "\n")
    reviews.write_text("sentence\tlabel\n" + "".join(f"the film was {WORDS[4 + i % 2]}\t{(i + 1) % 2}\n" for i in range(64)))
    # What one prepared copy may take, and two of the largest layers beside 0.5 GB.
    def weights(model): return (model / "model.safetensors").stat().st_size
    def layers(words, width): return 2 * words * width * 4 + 500 * MB
    gpt2_layers, bert_layers = layers(50257, GPT2[size]["n_embd"]), layers(30522, BERT[size]["hidden_size"])
    lines = [
        (["inspect", str(gpt2)], 200 * MB), (["plan", "--model", str(gpt2), "--goal", "int8"], 200 * MB),
        (["plan", "--model", str(bert), "--goal", "int8"], 200 * MB),
        (["generate", "--model", str(gpt2), "--prompt", "the film was very", "--max-tokens", "8"], 600 * MB),
        (["eval", "--model", str(gpt2), "--task", "lm", "--data", str(text)], weights(gpt2) + 500 * MB),
        (["eval", "--model", str(bert), "--task", "sst2", "--data", str(reviews)], weights(bert) + 500 * MB),
        (["embed", "--model", str(bert), "--texts", str(text)], weights(bert) + 500 * MB),
        (["convert", "--model", str(gpt2), "--out", out + "-convert", "--overwrite", "--floats", "bfloat16"], gpt2_layers),
        (["quantize", "--model", str(gpt2), "--goal", "int8", "--out", out + "-gpt2", "--overwrite"], gpt2_layers),
        (["quantize", "--model", str(bert), "--goal", "int8", "--out", out + "-bert", "--overwrite"], bert_layers),
        (["quantize", "--model", str(bert), "--goal", "int4", "--out", out + "-bert", "--overwrite"], bert_layers),
        (["export", "--model", str(gpt2), "--out", out + ".onnx"], gpt2_layers),
        (["export", "--model", str(bert), "--out", out + ".onnx"], bert_layers),
        (["export", "--model", str(gpt2), "--out", out + ".gguf", "--type", "q8_0"], gpt2_layers),
    ]
    beyond = 0
    print(f"{'peak MB':>8} {'limit':>6} {'s':>6}  command")
    for arguments, limit in lines:
        text_line = " ".join(arguments).replace(str(options.work) + "/", "")
        if options.only and options.only not in text_line:
            continue
        peak, seconds = anonymous_peak([options.lathe] + arguments)
        beyond += peak > limit
        print(f"{peak / MB:8.0f} {limit / MB:6.0f} {seconds:6.1f}  {text_line}{'  BEYOND' if peak > limit else ''}", flush=True)
    sys.exit(1 if beyond else 0)


if __name__ == "__main__":
    main()
