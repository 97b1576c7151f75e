#!/usr/bin/env python3
"""Makes the checkpoint fixtures of Tests/LatheModelsTests/Resources/checkpoints with torch and safetensors.

`manifest.json` records versions and the hash of every file.
"""

import hashlib
import json
import pathlib
import platform
import shutil
from collections import OrderedDict

import safetensors
import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).parent.parent / "Tests/LatheModelsTests/Resources/checkpoints"
BASE = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4 - 2


def every_type():
    """One tensor of each type that has a storage class, with values that every one of them holds exactly."""
    values = [0, 1, 2, 3, 100, 127]
    types = {
        "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64, "i64": torch.int64,
        "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
    }
    tensors = {name: torch.tensor(values, dtype=dtype).reshape(2, 3) for name, dtype in types.items()}
    tensors["i64"][0, 0] = -(2**40)
    tensors["i16"][0, 0] = -30000
    tensors["f64"][0, 0] = -0.1
    return OrderedDict(tensors)


def new_types():
    """Types that are saved with an untyped storage."""
    return {
        "u16": torch.tensor([0, 65535], dtype=torch.uint16),
        "u32": torch.tensor([0, 4294967295], dtype=torch.uint32),
        "u64": torch.tensor([0, 2**62], dtype=torch.uint64),
        "u64_large": torch.tensor([2**63], dtype=torch.uint64),
        "f8": torch.zeros(2).to(torch.float8_e4m3fn),
    }


def views():
    """Tensors that share a storage or do not lie in order, and those with no or one element."""
    return {
        "base": BASE,
        "transposed": BASE.t(),
        "column": BASE[:, 2],
        "slice": BASE[1:3],
        "block": BASE[1:3, 2:5],
        "stepped": BASE[::2, 1::3],
        "permuted": BASE.reshape(2, 2, 6).permute(2, 0, 1),
        "expanded": BASE[0].expand(3, 6),
        "single": BASE[3, 5],
        "empty": torch.zeros(0, 4),
        "half_transposed": BASE.to(torch.float16).t(),
        "double_transposed": BASE.to(torch.float64).t(),
        "byte_transposed": torch.arange(6, dtype=torch.uint8).reshape(2, 3).t(),
    }


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(3, 2)
        self.norm = torch.nn.BatchNorm1d(2)
        with torch.no_grad():
            self.dense.weight.copy_(BASE[:2, :3])
            self.dense.bias.copy_(BASE[2, :2])

    def forward(self, x):
        return self.norm(self.dense(x))


def shards(directory, save, extension, prefix):
    directory.mkdir()
    first = {"encoder.weight": BASE.clone(), "encoder.bias": BASE[0].clone()}
    second = {"head.weight": BASE.t().contiguous()}
    names = [f"{prefix}-0000{i}-of-00002.{extension}" for i in (1, 2)]
    save(first, directory / names[0])
    save(second, directory / names[1])
    weight_map = {name: names[0] for name in first} | {name: names[1] for name in second}
    total = sum(tensor.numel() * 4 for tensor in (first | second).values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (directory / f"{prefix}.{extension}.index.json").write_text(json.dumps(index, indent=2) + "\n")


def main():
    torch.manual_seed(0)
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    for protocol in (2, 3, 4, 5):
        torch.save(every_type(), ROOT / f"types-{protocol}.bin", pickle_protocol=protocol)
    torch.save(new_types(), ROOT / "new-types.bin")
    torch.save(views(), ROOT / "views.bin")
    network = Network()
    torch.save(network.state_dict(), ROOT / "module.bin")
    torch.save(dict(network.named_parameters()), ROOT / "parameters.bin")
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    network = Network()
    torch.save(
        {"epoch": 3, "best": 0.5, "state_dict": network.state_dict(), "optimizer": optimizer.state_dict(),
         "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float32, "note": None},
        ROOT / "wrapped.bin")
    torch.save({"model": network.state_dict(), "ema": network.state_dict()}, ROOT / "model-and-ema.bin")
    torch.save({"teacher": network.state_dict(), "student": network.state_dict()}, ROOT / "two-models.bin")
    torch.save({"step": 1, "history": [1, 2, 3]}, ROOT / "no-tensors.bin")
    torch.save([BASE], ROOT / "list.bin")
    torch.save(network, ROOT / "whole-module.bin")
    torch.save(every_type(), ROOT / "legacy-types.bin", _use_new_zipfile_serialization=False)
    torch.save(views(), ROOT / "legacy-views.bin", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": network.state_dict()}, ROOT / "legacy-4.bin", pickle_protocol=4,
               _use_new_zipfile_serialization=False)
    save_file({name: t for name, t in every_type().items()}, ROOT / "types.safetensors", metadata={"format": "pt"})
    shards(ROOT / "sharded-safetensors", save_file, "safetensors", "model")
    shards(ROOT / "sharded-torch", torch.save, "bin", "pytorch_model")
    files = sorted(path for path in ROOT.rglob("*") if path.is_file())
    manifest = {
        "python": platform.python_version(), "torch": torch.__version__, "safetensors": safetensors.__version__,
        "sha256": {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (ROOT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(sum(path.stat().st_size for path in files), "bytes in", len(files), "files")


if __name__ == "__main__":
    main()
