#!/usr/bin/env python3
"""Compares the files of `lathe export --format onnx`, run in ONNX Runtime, with Lathe: outputs, size and speed.

    Scripts/check-onnx.py --lathe PROGRAM --data dev.tsv texts MODEL [MODEL …]         # classifiers of GLUE's SST-2
    Scripts/check-onnx.py --lathe PROGRAM --data dev.tsv embeddings MODEL [MODEL …]    # encoders without a head
    Scripts/check-onnx.py --lathe PROGRAM --digits digits.csv images MODEL [MODEL …]   # classifiers of the digits
    Scripts/check-onnx.py --lathe PROGRAM bottlenecks DIR                              # a ResNet that is made in DIR
    Scripts/check-onnx.py --lathe PROGRAM tokens DIR                                   # GPT-2 of make-random-gpt2.py
    Scripts/check-onnx.py --lathe PROGRAM times MODEL [MODEL …]                        # any models, only timed

Needs the Python packages onnx, onnxruntime and numpy, transformers (texts), torch (bottlenecks) and safetensors (tokens).
Exports each model as f32 and, if it is packed, as int8 and uint8, and with `--calibration FILE` as int8-static. With
`--peer`, ONNX Runtime's own quantize_dynamic of the first model's f32 is another file.

For each file it runs onnx.checker and prints the size, the largest difference of an output relative to the largest output,
the cosine of all outputs, and the share of examples with the same answer. `embeddings` prints the mean cosine of the texts'
embeddings to Lathe's of the same model and to Lathe's of the first model, which is the float one.

Then it times all files in turn, round by round, on one batch (`--batch`, `--seq`, `--threads`) and prints how many times as
fast as the first file, the float export of the first model, each of them is.

Exits with 1 if a float file differs by more than --most, or an int8 or uint8 file has a cosine below --least; of embeddings, if
a file is farther from the first model than Lathe by 0.001: a rounding that tips over changes many after it, so two exact runs
differ from each other as much as from floats. int8-static and the peer compute something else, so they are shown only.
"""
import argparse, csv, json, pathlib, statistics, subprocess, sys, tempfile, time
import numpy as np, onnx, onnxruntime

EXACT, PEER = ["f32", "int8", "uint8"], "quantize_dynamic"


def export(arguments, model, kind):
    """The file of one type, in a directory of its own."""
    path = pathlib.Path(tempfile.mkdtemp(dir=arguments.folder)) / f"{kind}.onnx"
    if kind == PEER:
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantize_dynamic(export(arguments, model, "f32"), path, weight_type=QuantType.QInt8)
        return path
    command = [arguments.lathe, "export", "--model", model, "--format", "onnx", "--type", kind, "--out", path]
    if kind == "int8-static":
        command += ["--calibration", arguments.calibration]
    subprocess.run(command, check=True, capture_output=True)
    onnx.checker.check_model(str(path), full_check=True)
    return path


def kinds(arguments, model):
    config = pathlib.Path(model) / "config.json"
    if not config.exists() or "quantization_config" not in json.loads(config.read_text(encoding="utf-8")):
        return ["f32"] + ([PEER] if arguments.peer and model == arguments.models[0] else [])
    return EXACT + (["int8-static"] if arguments.calibration else [])


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


def passes(arguments, model, kind, difference, cosine):
    if kind == "f32" and "int8" not in kinds(arguments, model):
        return difference <= arguments.most
    return kind not in EXACT or cosine >= arguments.least


def check(arguments, model, ours, outputs, judge=None):
    """Compares `ours` with what `outputs(session, names of inputs)` returns for each type of file.

    `judge(theirs)` returns more text for the line, and whether an exact type passes.
    """
    passed = True
    for kind in kinds(arguments, model):
        path = export(arguments, model, kind)
        run = session(arguments, path)
        theirs = outputs(run, [value.name for value in run.get_inputs()])
        size = sum(file.stat().st_size for file in path.parent.iterdir())
        difference = np.abs(ours - theirs).max() / np.abs(ours).max()
        cosine = float((ours * theirs).sum() / np.linalg.norm(ours) / np.linalg.norm(theirs))
        agreeing = (ours.argmax(-1) == theirs.argmax(-1)).mean()
        print(f"{model} {kind}: {size / 1e6:.1f} MB, largest difference {difference:.1e}, cosine {cosine:.6f}, "
              f"same answer {agreeing:.4f}", end="", flush=True)
        if judge:
            text, is_good = judge(theirs)
            print(f", {text}", end="")
            passed &= bool(is_good or kind not in EXACT)
        else:
            passed &= bool(passes(arguments, model, kind, difference, cosine))
        print()
        arguments.files.append((f"{model} {kind}", run))
    return passed


def sample(arguments, run):
    """One batch of random inputs for a session."""
    random, feed = np.random.default_rng(0), {}
    for value in run.get_inputs():
        if value.type == "tensor(float)":
            sizes = [size if isinstance(size, int) else arguments.image_size for size in value.shape[1:]]
            feed[value.name] = random.standard_normal([arguments.batch, *sizes], dtype=np.float32)
        elif value.name == "input_ids":
            feed[value.name] = random.integers(0, arguments.vocabulary, (arguments.batch, arguments.seq))
        else:
            fill = 1 if value.name == "attention_mask" else 0
            feed[value.name] = np.full((arguments.batch, arguments.seq), fill, dtype=np.int64)
    return feed


def compare_times(arguments):
    """Times all files in turn and prints their speed relative to the first one's, each round by itself."""
    feeds = [sample(arguments, run) for _, run in arguments.files]
    times = [[] for _ in feeds]
    for number in range(arguments.rounds + 1):
        for place, ((_, run), feed) in enumerate(zip(arguments.files, feeds)):
            start = time.perf_counter()
            run.run(None, feed)
            if number:
                times[place].append((time.perf_counter() - start) * 1e3)
    shape = f"batch {arguments.batch}" + (f", sequence {arguments.seq}" if "input_ids" in feeds[0] else "")
    print(f"\nONNX Runtime {onnxruntime.__version__}, {shape}, {arguments.threads} threads, medians of {arguments.rounds} rounds")
    for (name, _), own in zip(arguments.files, times):
        ratio = statistics.median(first / time for first, time in zip(times[0], own))
        print(f"{name}: {statistics.median(own):.1f} ms, {ratio:.2f} times as fast as the first")


def check_texts(arguments, model):
    ours = lathe_logits(arguments, model, "sst2", ["--data", arguments.data, "--max-length", str(arguments.max_length)])
    return check(arguments, model, ours, lambda run, names: text_logits(arguments, model, run, names))


def texts_of(path):
    lines = open(path, encoding="utf-8").read().splitlines()
    if not path.endswith(".tsv"):
        return [line for line in lines if line.strip()]
    column = lines[0].split("\t").index("sentence")
    return [line.split("\t")[column] for line in lines[1:]]


def lathe_embeddings(arguments, model):
    """The tokens and the embedding of each text."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts_of(arguments.data))
        file.flush()
        command = [arguments.lathe, "embed", "--model", model, "--texts", file.name, "--json-texts"]
        lines = subprocess.run(command + ["--max-length", str(arguments.max_length)], check=True, capture_output=True).stdout.splitlines()
    results = [json.loads(line) for line in lines]
    return [result["tokens"] for result in results], np.array([result["embedding"] for result in results])


def embeddings(run, names, tokens):
    """The means of the texts' hidden states, scaled to length 1, in batches of like length as Lathe forms them."""
    vectors, order = {}, sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
    for start in range(0, len(order), 32):
        members = order[start:start + 32]
        length = max(len(tokens[place]) for place in members)
        feed = {name: np.zeros((len(members), length), dtype=np.int64) for name in names}
        for row, place in enumerate(members):
            feed["input_ids"][row, :len(tokens[place])] = tokens[place]
            feed["attention_mask"][row, :len(tokens[place])] = 1
        hidden, mask = run.run(["last_hidden_state"], feed)[0], feed["attention_mask"][..., None]
        means = (hidden * mask).sum(1) / mask.sum(1)
        vectors |= zip(members, means / np.linalg.norm(means, axis=1, keepdims=True))
    return np.stack([vectors[place] for place in range(len(tokens))])


def check_embeddings(arguments, model):
    tokens, ours = lathe_embeddings(arguments, model)
    if arguments.floats is None:
        arguments.floats = ours

    def judge(theirs):
        own, floats, lathe = [(a * b).sum(1).mean() for a, b in ((ours, theirs), (arguments.floats, theirs), (arguments.floats, ours))]
        return f"mean cosine to Lathe {own:.5f}, to the first model {floats:.5f} (Lathe's own {lathe:.5f})", floats > lathe - 1e-3
    return check(arguments, model, ours, lambda run, names: embeddings(run, names, tokens), judge)


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


def check_times(arguments, model):
    for kind in kinds(arguments, model):
        arguments.files.append((f"{model} {kind}", session(arguments, export(arguments, model, kind))))
    return True


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
    parser.add_argument("--calibration", help="a file for lathe export --type int8-static --calibration")
    parser.add_argument("--peer", action="store_true", help="compare with ONNX Runtime's quantize_dynamic, too")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seq", type=int, default=128)
    parser.add_argument("--image-size", type=int, default=32, help="height and width of timed images")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--vocabulary", type=int, default=20000, help="ids of random tokens are below this")
    parser.add_argument("kind", choices=["texts", "embeddings", "images", "bottlenecks", "tokens", "times"])
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    checks = {"texts": check_texts, "embeddings": check_embeddings, "images": check_images, "bottlenecks": check_bottlenecks, "tokens": check_tokens,
              "times": check_times}
    arguments.files, arguments.floats = [], None
    with tempfile.TemporaryDirectory() as arguments.folder:
        results = [checks[arguments.kind](arguments, model) for model in arguments.models]
        compare_times(arguments)
    sys.exit(0 if all(results) else 1)


main()
