#!/usr/bin/env python3
"""Reads what `lathe export --format gguf` wrote with the Python package gguf, and runs it in llama.cpp beside Lathe.

    Scripts/check-gguf.py --lathe .build/release/lathe --prompt "The film" --prompt "I was" MODEL

MODEL is a GPT-2 directory with a tokenizer. For f16, q8_0 and q4_0: every tensor must be there, in its shape, within the rounding of its type; q8_0's and q4_0's
blocks must be those of gguf's own quantisers. Then llama.cpp goes on with each prompt, always with the likeliest token, from the f16 file as `lathe generate`
does, and from the others too, whose texts may differ. Needs the Python packages gguf, llama_cpp and safetensors. Exits with 1 where something differs.
"""
import argparse, json, pathlib, subprocess, sys, tempfile
import gguf, llama_cpp, numpy as np
from safetensors.numpy import load_file

NAMES = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
         "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}


def expected_tensors(model):
    """The checkpoint's tensors under llama.cpp's names; Conv1D weights lie the other way round there."""
    tensors = {}
    for name, values in load_file(pathlib.Path(model) / "model.safetensors").items():
        parts = name.removeprefix("transformer.").split(".")
        layer = f"blk.{parts[1]}." if parts[0] == "h" else ""
        key = ".".join(parts[2:-1] if layer else parts[:-1])
        if key in NAMES:
            matrix = values.ndim == 2 and key.startswith(("attn", "mlp"))
            tensors[f"{layer}{NAMES[key]}.{parts[-1]}"] = np.ascontiguousarray(values.T if matrix else values).astype(np.float32)
    return tensors


def check_tensors(path, expected):
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(str(path)).tensors}
    problems = [f"{name}: missing" for name in expected.keys() - found.keys()] + [f"{name}: unexpected" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        tensor, values = found[name], expected[name]
        if [int(size) for size in tensor.shape] != list(reversed(values.shape)):
            problems.append(f"{name}: shape {tensor.shape} for {values.shape}")
        elif not np.array_equal(np.asarray(tensor.data).view(np.uint8).ravel(), gguf.quants.quantize(values, tensor.tensor_type).view(np.uint8).ravel()):
            problems.append(f"{name}: other bytes than gguf's {tensor.tensor_type.name}")
    return problems


def lathe_text(arguments, prompt):
    result = subprocess.run([arguments.lathe, "generate", "--model", arguments.model, "--prompt", prompt, "--max-tokens", str(arguments.max_tokens), "--json"],
                            check=True, capture_output=True, text=True)
    return json.loads(result.stdout.splitlines()[-1])["text"]


def llama_text(model, prompt, count):
    return model(prompt, max_tokens=count, temperature=0, top_k=1, repeat_penalty=1)["choices"][0]["text"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--prompt", action="append", required=True)
    parser.add_argument("--max-tokens", type=int, default=40)
    parser.add_argument("model")
    arguments = parser.parse_args()
    expected, passed = expected_tensors(arguments.model), True
    ours = [lathe_text(arguments, prompt) for prompt in arguments.prompt]
    for kind in ["f16", "q8_0", "q4_0"]:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{kind}.gguf"
            subprocess.run([arguments.lathe, "export", "--model", arguments.model, "--format", "gguf", "--type", kind, "--out", path],
                           check=True, capture_output=True)
            problems = check_tensors(path, expected)
            model = llama_cpp.Llama(str(path), n_ctx=0, n_threads=2, verbose=False)
            theirs = [llama_text(model, prompt, arguments.max_tokens) for prompt in arguments.prompt]
            same = sum(a == b for a, b in zip(ours, theirs))
            print(f"{kind}: {path.stat().st_size / 1e6:.1f} MB, {len(expected)} tensors, {len(problems)} wrong, same text for {same} of {len(ours)} prompts")
            for problem in problems[:5]:
                print("  " + problem)
            for prompt, a, b in zip(arguments.prompt, ours, theirs):
                if a != b:
                    print(f"  {prompt!r}: {a!r} here, {b!r} there")
            passed = passed and not problems and (kind != "f16" or same == len(ours))
    sys.exit(0 if passed else 1)


main()
