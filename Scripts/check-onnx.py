#!/usr/bin/env python3
"""Runs what `lathe export --format onnx` wrote in ONNX Runtime, beside Lathe.

    Scripts/check-onnx.py --lathe .build/release/lathe --data dev.tsv texts MODEL [MODEL …]         # of GLUE's SST-2
    Scripts/check-onnx.py --lathe .build/release/lathe --digits digits.csv images MODEL [MODEL …]   # classifiers of the digits
    Scripts/check-onnx.py --lathe .build/release/lathe bottlenecks DIR                             # a ResNet that is made in DIR, beside torch
    Scripts/check-onnx.py --lathe .build/release/lathe tokens DIR                                  # GPT-2 with expected.safetensors (make-random-gpt2.py)

Needs the Python packages onnx, onnxruntime and numpy, transformers (texts) and safetensors (tokens). Exports each model as f32 and, where it is packed, as
int8; checks the file with onnx.checker; prints its size, the largest difference of a logit relative to the largest logit, the cosine of all logits as one
vector, and the share of examples with the same answer. Exits with 1 where a float file differs by more than --most, or an int8 one has a cosine below --least.
"""
import argparse, csv, json, pathlib, subprocess, sys, tempfile, time
import numpy as np, onnx, onnxruntime


def export(arguments, model, kind, folder):
    path = pathlib.Path(folder) / f"{kind}.onnx"
    subprocess.run([arguments.lathe, "export", "--model", model, "--format", "onnx", "--type", kind, "--out", path], check=True, capture_output=True)
    onnx.checker.check_model(str(path), full_check=True)
    return path


def kinds(model):
    config = pathlib.Path(model) / "config.json"
    return ["f32", "int8"] if config.exists() and "quantization_config" in json.loads(config.read_text(encoding="utf-8")) else ["f32"]


def session(arguments, path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def lathe_logits(arguments, model, task, extra):
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        subprocess.run([arguments.lathe, "eval", "--model", model, "--task", task, "--predictions", file.name, *extra], check=True, capture_output=True)
        return np.array([json.loads(line)["outputs"] for line in open(file.name, encoding="utf-8")])


def text_logits(arguments, model, run, names):
    from transformers import AutoTokenizer
    tokenizer, parts = AutoTokenizer.from_pretrained(model), []
    rows = list(csv.DictReader(open(arguments.data, encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    for start in range(0, len(rows), 16):
        texts = [row["sentence"] for row in rows[start:start + 16]]
        batch = tokenizer(texts, padding=True, truncation=True, max_length=arguments.max_length, return_tensors="np")
        parts.append(run.run(["logits"], {name: batch[name].astype(np.int64) for name in names})[0])
    return np.concatenate(parts)


def report(arguments, model, kind, path, ours, theirs, seconds):
    size = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    difference = np.abs(ours - theirs).max() / np.abs(ours).max()
    cosine = float((ours * theirs).sum() / np.linalg.norm(ours) / np.linalg.norm(theirs))
    agreeing = (ours.argmax(-1) == theirs.argmax(-1)).mean()
    print(f"{model} {kind}: {size / 1e6:.1f} MB, largest difference {difference:.1e}, cosine {cosine:.6f}, same answer {agreeing:.4f}, {seconds:.1f} s")
    return difference <= arguments.most if kind == "f32" and kinds(model) == ["f32"] else cosine >= arguments.least


def check(arguments, model, ours, logits):
    passed = True
    for kind in kinds(model):
        with tempfile.TemporaryDirectory() as folder:
            path = export(arguments, model, kind, folder)
            run = session(arguments, path)
            start = time.perf_counter()
            theirs = logits(run, [value.name for value in run.get_inputs()])
            passed &= bool(report(arguments, model, kind, path, ours, theirs, time.perf_counter() - start))
    return passed


def check_texts(arguments, model):
    ours = lathe_logits(arguments, model, "sst2", ["--data", arguments.data, "--max-length", str(arguments.max_length)])
    return check(arguments, model, ours, lambda run, names: text_logits(arguments, model, run, names))


def check_images(arguments, model):
    ours = lathe_logits(arguments, model, "digits", [])
    images = test_digits(arguments.digits)
    return check(arguments, model, ours, lambda run, names: run.run(["logits"], {names[0]: images})[0])


def test_digits(path, seed=42):
    """The images that `lathe eval --task digits` measures with, in its order (DigitsSplit.swift, SplitMix64.swift)."""
    rows = np.array([[int(value) for value in line.split(",")] for line in open(path, encoding="utf-8") if line.strip()])
    state, mask = seed, (1 << 64) - 1

    def following():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & mask
        return mixed ^ mixed >> 31

    def below(bound):
        while True:
            product = following() * bound
            if product & mask >= (1 << 64) % bound:
                return product >> 64

    def shuffled(items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items

    train, test = [], []
    for digit in range(10):
        places = shuffled(np.flatnonzero(rows[:, 64] == digit).tolist())
        count = round(0.2 * len(places))
        test += places[:count]
        train += places[count:]
    shuffled(train)
    return (rows[shuffled(test), :64].astype(np.float32) / 16).reshape(-1, 1, 8, 8)


def check_bottlenecks(arguments, model):
    """A network with random weights, in the form of torchvision's larger ones; what torch computes stands for Lathe's outputs."""
    import torch
    from torch_resnet import Bottleneck, ResNet
    torch.manual_seed(1)
    network = ResNet(Bottleneck, [1, 2, 1, 1], 16, 10).eval()
    pathlib.Path(model).mkdir(exist_ok=True)
    torch.save(network.state_dict(), pathlib.Path(model) / "pytorch_model.bin")
    images = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        ours = network(images).numpy()
    return check(arguments, model, ours, lambda run, names: run.run(["logits"], {names[0]: images.numpy()})[0])


def check_tokens(arguments, model):
    from safetensors.numpy import load_file
    expected = load_file(pathlib.Path(model) / "expected.safetensors")
    ids = expected["input_ids"].astype(np.int64)
    return check(arguments, model, expected["logits"],
                 lambda run, names: run.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][:, expected["positions"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--data")
    parser.add_argument("--digits")
    parser.add_argument("--max-length", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most", type=float, default=1e-3)
    parser.add_argument("--least", type=float, default=0.999)
    parser.add_argument("kind", choices=["texts", "images", "bottlenecks", "tokens"])
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    checks = {"texts": check_texts, "images": check_images, "bottlenecks": check_bottlenecks, "tokens": check_tokens}
    results = [checks[arguments.kind](arguments, model) for model in arguments.models]
    sys.exit(0 if all(results) else 1)


main()
