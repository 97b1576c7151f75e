#!/usr/bin/env python3
"""Fine-tunes an encoder to tell two classes of sentences apart, with torch and with `lathe train`: accuracy and speed.

    python3 Scripts/finetune-beside-torch.py --model DIR --train TSV --dev TSV --lathe PROGRAM [--seeds 1 2 3] [--epochs 3] [--config JSON]

Both do the same, in single precision and on two threads: BertForSequenceClassification with a fresh `classifier`, batches of
32 of at most 64 tokens, padded to the longest; an epoch is a random permutation cut into windows of 8 batches, sorted by
length within, batches shuffled. AdamW at 5e-5 with a weight decay of 0.01 except of biases and LayerNorm, linear warm-up
over a tenth of the steps and linear decay, gradients clipped to a norm of 1, dropout as in `config.json`. Accuracy is that of
the last epoch. Torch's steps a second count training alone (the median of a step, and all of them), Lathe's are its `steps` by
its `seconds`. Without `--lathe` torch runs alone; `--steps` ends it early. Needs `pip install torch transformers`.

With `--config` both train under it, without a teacher: torch through DeepSpeed's compression (`pip install deepspeed==0.18.3`; later releases have none; set
DS_ACCELERATOR=cpu), and Lathe by `lathe compress`, whose accuracy is that of the packed model, and whose time has all that stands around training in it.
"""
import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter

try:
    import torch
    import transformers
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install torch transformers")

BATCH, MAX_LENGTH, WINDOW, RATE, THREADS = 32, 64, 8, 5e-5, 2


def read_examples(path, tokenizer):
    """Pairs of tokens and label from a table with the columns `sentence` and `label`."""
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [line.split("\t") for line in file.read().removesuffix("\n").split("\n")]
    sentence, label = (rows[0].index(name) for name in ("sentence", "label"))
    tokens = tokenizer([row[sentence] for row in rows[1:]], truncation=True, max_length=MAX_LENGTH)["input_ids"]
    return [(ids, int(row[label])) for ids, row in zip(tokens, rows[1:])]


def pieces(items, size):
    return [items[start:start + size] for start in range(0, len(items), size)]


def epoch_batches(examples, rng):
    windows = pieces(rng.sample(examples, len(examples)), BATCH * WINDOW)
    batches = [batch for window in windows for batch in pieces(sorted(window, key=lambda example: len(example[0])), BATCH)]
    rng.shuffle(batches)
    return batches


def collated(batch, tokenizer):
    inputs = tokenizer.pad({"input_ids": [ids for ids, _ in batch]}, return_tensors="pt")
    return inputs, torch.tensor([label for _, label in batch])


def accuracy(model, examples, tokenizer):
    model.eval()
    right = 0
    with torch.no_grad():
        for batch in pieces(sorted(examples, key=lambda example: len(example[0])), BATCH):
            inputs, labels = collated(batch, tokenizer)
            right += (model(**inputs).logits.argmax(-1) == labels).sum().item()
    return right / len(examples)


def optimizer_for(model, steps):
    groups = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[name.endswith("bias") or "LayerNorm" in name].append(parameter)
    optimizer = torch.optim.AdamW(
        [{"params": groups[False], "weight_decay": 0.01}, {"params": groups[True], "weight_decay": 0}], lr=RATE)
    return optimizer, transformers.get_linear_schedule_with_warmup(optimizer, round(steps / 10), steps)


def compressed(model, path):
    """The model under a DeepSpeed config, and what to call after each step."""
    from deepspeed.compression.compress import init_compression
    from deepspeed.compression.config import get_compression_config
    from deepspeed.compression.scheduler import compression_scheduler
    with open(path) as file:
        config = json.load(file)
    model = init_compression(model, config)
    schedule = compression_scheduler(model, get_compression_config(config))
    schedule.step()
    return model, schedule.step


def run_torch(options, seed):
    torch.manual_seed(seed)
    rng = random.Random(seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
    model = transformers.BertForSequenceClassification.from_pretrained(options.model, num_labels=2, dtype=torch.float32)
    model, after_step = compressed(model, options.config) if options.config else (model, lambda: None)
    train, dev = (read_examples(path, tokenizer) for path in (options.train, options.dev))
    larger = Counter(label for _, label in dev).most_common(1)[0][1] / len(dev)
    print(f"{len(train)} examples to train on; {len(dev)} to score, {larger:.4f} of them in the larger class", flush=True)
    total = options.steps or options.epochs * -(-len(train) // BATCH)
    optimizer, schedule = optimizer_for(model, total)
    seconds = []
    while len(seconds) < total:
        model.train()
        for batch in epoch_batches(train, rng)[:total - len(seconds)]:
            start = time.perf_counter()
            inputs, labels = collated(batch, tokenizer)
            loss = torch.nn.functional.cross_entropy(model(**inputs).logits, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            after_step()
            seconds.append(time.perf_counter() - start)
        score = accuracy(model, dev, tokenizer)
        print(f"torch, seed {seed}: {len(seconds)} steps, {sum(seconds):.0f} s, loss {loss.item():.3f}, accuracy {score:.4f}", flush=True)
    return {"accuracy": score, "median": 1 / statistics.median(seconds), "overall": total / sum(seconds), "steps": total}


def run_lathe(options, seed, steps):
    with tempfile.TemporaryDirectory() as out:
        command = [
            options.lathe, *(["compress", "--config", options.config] if options.config else ["train"]), "--model", options.model, "--task", "sst2", "--train", options.train, "--dev", options.dev,
            "--out", f"{out}/model", "--epochs", str(options.epochs), "--batch", str(BATCH), "--max-length", str(MAX_LENGTH),
            "--learning-rate", str(RATE), "--seed", str(seed), "--json"]
        run = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {run.returncode}")
    last = (run.stdout.splitlines() or [""])[-1]
    try:
        result = json.loads(last)
        score, seconds = result["metrics"]["accuracy"], result["seconds"]
    except (ValueError, KeyError, TypeError):
        sys.exit(f"lathe train: the last line is no JSON with metrics.accuracy and seconds: {last!r}")
    print(f"lathe, seed {seed}: {steps} steps, {seconds:.0f} s, accuracy {score:.4f}", flush=True)
    return {"accuracy": score, "overall": steps / seconds}


def print_table(seeds, torch_runs, lathe_runs):
    def row(name, theirs, ours):
        cells = [f"{theirs['accuracy']:.4f}", f"{theirs['median']:.2f}", f"{theirs['overall']:.2f}"]
        if ours:
            cells += [f"{ours['accuracy']:.4f}", f"{ours['overall']:.2f}", f"{ours['overall'] / theirs['overall']:.2f}"]
        print(f"{name:6}" + "".join(f"{cell:>16}" for cell in cells))

    def mean(runs):
        return {key: statistics.mean(run[key] for run in runs) for key in runs[0]} if runs else None

    heads = ["torch accuracy", "steps/s, median", "steps/s"] + (["Lathe accuracy", "steps/s", "Lathe / torch"] if lathe_runs else [])
    print(f"{'seed':6}" + "".join(f"{head:>16}" for head in heads))
    for index, seed in enumerate(seeds):
        row(str(seed), torch_runs[index], lathe_runs[index] if lathe_runs else None)
    row("mean", mean(torch_runs), mean(lathe_runs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--model", "--train", "--dev"):
        parser.add_argument(name, required=True)
    parser.add_argument("--lathe", metavar="PROGRAM")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--config", metavar="JSON", help="a DeepSpeed config to train under")
    parser.add_argument("--steps", type=int, help="end torch's training after so many, to try this script")
    options = parser.parse_args()
    if options.steps and options.lathe:
        parser.error("--steps is for torch alone: leave out --lathe")
    torch.set_num_threads(THREADS)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {THREADS} threads")
    torch_runs, lathe_runs = [], []
    for seed in options.seeds:
        torch_runs.append(run_torch(options, seed))
        if options.lathe:
            lathe_runs.append(run_lathe(options, seed, torch_runs[-1]["steps"]))
    print_table(options.seeds, torch_runs, lathe_runs)


if __name__ == "__main__":
    main()
