#!/usr/bin/env python3
"""Makes Tests/LatheModelsTests/Resources/models from the golden data of DeepSpeed Compression (version 0.19.6, CPU, float32).

Each file holds the start of a recorded training run, as long as no compression is in force: `init/` (weights), `batchN/` (inputs), `losses`,
`step_logits` (where recorded), `gradnorms` (in the order of the parameters; -1 where there was no gradient).

    Scripts/trim-golden-models.py GOLDEN_DIRECTORY
"""
import json, pathlib, struct, sys

golden = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parent.parent / "Tests/LatheModelsTests/Resources/models"


def read(path):
    data = (golden / path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return {n: (e["dtype"], e["shape"], data[8 + size + e["data_offsets"][0] : 8 + size + e["data_offsets"][1]]) for n, e in header.items()}


def write(name, tensors):
    header, body = {}, b""
    for key in sorted(tensors):
        dtype, shape, data = tensors[key]
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (target / name).write_bytes(struct.pack("<Q", len(text)) + text + body)


def first(tensor, steps):
    dtype, shape, data = tensor
    return dtype, [steps] + shape[1:], data[: len(data) // shape[0] * steps]


def trim(name, base, batches, run, steps):
    run = read(run)
    start = {n: t for n, t in read(base).items()} if base else {n[5:]: t for n, t in run.items() if n.startswith("init/")}
    tensors = {f"init/{n}": t for n, t in start.items() if not n.endswith("num_batches_tracked")}
    tensors |= {n: t for n, t in read(batches).items() if any(n.startswith(f"batch{i}/") for i in range(steps))}
    tensors |= {n: first(run[n], steps) for n in ("losses", "step_logits", "gradnorms") if n in run}
    write(name, tensors)


target.mkdir(parents=True, exist_ok=True)
trim("bert.safetensors", None, "models/bert_batches.safetensors", "models/bert_layer_reduction.safetensors", 6)
trim("resnet.safetensors", "models/resnet_base_nobn.safetensors", "models/resnet_batches.safetensors", "models/resnet_nobn_channel_topk.safetensors", 2)
trim("resnet_bn.safetensors", "models/resnet_base_bn.safetensors", "models/resnet_batches.safetensors", "models/resnet_bn_channel_topk.safetensors", 1)
trim("gpt2.safetensors", "models/gpt2_base.safetensors", "models/gpt2_batches.safetensors", "models/gpt2_row_topk.safetensors", 2)
