#!/usr/bin/env python3
"""Takes tables of a user's own from `lathe train` to `lathe compress --goal` to `lathe predict`, and compares every metric with scikit-learn's.

    python3 -m venv VENV && VENV/bin/pip install scikit-learn
    VENV/bin/python Scripts/check-own-data.py --lathe .build/release/lathe --model DIR

DIR is a small encoder with a tokenizer that knows the words below: `LatheExampleData OUT` makes one as OUT/encoder. Needs no network and about a minute.
"""
import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn import metrics

WORDS = "a the it this that film movie is was very really so not good great fun nice bad awful boring dull".split()


def sentence(rng, signal, length=9):
    """A text of random words around those that decide the label."""
    words = [rng.choice(WORDS[:11]) for _ in range(length - len(signal))] + signal
    rng.shuffle(words)
    return " ".join(words)


def classes(path, rng, count):
    """20 classes with odd names in a CSV file with odd columns, a comma and quotes in some texts: two words tell the class."""
    pairs = [(a, b) for index, a in enumerate(WORDS[11:18]) for b in WORDS[11 + index + 1:18]][:20]
    names = [f"Queue {index}: \"{a}, {b}\"" for index, (a, b) in enumerate(pairs)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["No.", "What they wrote", "Ticket type (2026)", "when"])
        for number in range(count):
            label = rng.randrange(20)
            text = sentence(rng, list(pairs[label]), 6)
            writer.writerow([number, text.replace(" ", ", ", 1) if number % 3 else f'"{text}"', names[label], "today"])


def pairs(path, rng, count):
    """Pairs in a TSV file: whether both texts have a good word."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("claim\tevidence\tverdict\n")
        for _ in range(count):
            first, second = rng.random() < 0.7, rng.random() < 0.7
            texts = [sentence(rng, [rng.choice(["good", "great"] if good else ["bad", "dull"])], 5) for good in (first, second)]
            file.write("\t".join(texts + ["supports" if first and second else "refutes"]) + "\n")


def labels(path, rng, count):
    """Any number of labels in JSON lines."""
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            tags = [word for word in ("fun", "bad", "nice") if rng.random() < 0.4]
            file.write(json.dumps({"id": rng.randrange(10**6), "review": sentence(rng, tags, 7), "tags": [f"is {tag}" for tag in tags]}) + "\n")


def numbers(path, rng, count):
    """A number: a hundred for each good word, less fifty for each bad one."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("price;words\n")
        for _ in range(count):
            good, bad = rng.randrange(3), rng.randrange(3)
            file.write(f"{(100 * good - 50 * bad) / 100};{sentence(rng, ['good'] * good + ['bad'] * bad, 7)}\n")


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


def rows(path):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    delimiter = {".tsv": "\t"}.get(path.suffix, ";" if path.name.startswith("prices") else ",")
    quoting = csv.QUOTE_NONE if path.suffix == ".tsv" else csv.QUOTE_MINIMAL
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))


def expected(task, truth, predictions):
    """scikit-learn's metrics, by Lathe's names."""
    if task == "regression":
        y, p = np.array([float(t) for t in truth]), np.array([line["score"] for line in predictions])
        return {"r2": metrics.r2_score(y, p), "mse": metrics.mean_squared_error(y, p), "mae": metrics.mean_absolute_error(y, p)}
    best = [[label["label"] for label in line["labels"]] for line in predictions]
    if task == "classification":
        p = [labels[0] for labels in best]
        return {"accuracy": metrics.accuracy_score(truth, p), "macro_f1": metrics.f1_score(truth, p, average="macro")}
    names = sorted(best[0])
    y = np.array([[name in labels for name in names] for labels in truth], dtype=int)
    p = np.array([[any(l["label"] == name and l["score"] > 0.5 for l in line["labels"]) for name in names] for line in predictions], dtype=int)
    return {
        "micro_f1": metrics.f1_score(y, p, average="micro", zero_division=0), "macro_f1": metrics.f1_score(y, p, average="macro", zero_division=0),
        "accuracy": metrics.accuracy_score(y, p),
    }


def check(name, task, program, model, dev, label):
    """Compares what `eval` says of a model with scikit-learn's metrics of what `predict` says."""
    measured = json.loads(run(program, "eval", "--model", model, "--data", dev, "--json"))
    predictions = [json.loads(line) for line in run(program, "predict", "--model", model, "--texts", dev, "--json").splitlines()]
    truth = [row[label] for row in rows(dev)]
    assert measured["task"] == task and measured["examples"] == len(truth) == len(predictions), (measured, len(truth), len(predictions))
    wanted = expected(task, truth, predictions)
    for key, value in wanted.items():
        if abs(measured["metrics"][key] - value) > 1e-5:
            sys.exit(f"{name}: {key} is {measured['metrics'][key]}, scikit-learn's {value}")
    print(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in wanted.items()) + f" (n = {len(truth)}), as scikit-learn has it")
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--model", required=True)
    options = parser.parse_args()
    cases = [
        ("classes", "classification", classes, "tickets.csv", "Ticket type (2026)", "int8", ["--text-column", "What they wrote", "--label-column", "Ticket type (2026)"]),
        ("pairs", "classification", pairs, "claims.tsv", "verdict", "1bit", ["--text-column", "claim", "--pair-column", "evidence", "--label-column", "verdict"]),
        ("labels", "multilabel", labels, "tags.jsonl", "tags", "pruned", []),
        ("numbers", "regression", numbers, "prices.csv", "price", "int4", ["--text-column", "words", "--label-column", "price"]),
    ]
    with tempfile.TemporaryDirectory() as place:
        for name, task, make, file, label, goal, columns in cases:
            train, dev = Path(place) / file, Path(place) / f"{Path(file).stem}-dev{Path(file).suffix}"
            rng = random.Random(7)
            make(train, rng, 1500)
            make(dev, rng, 301)
            out, small = Path(place) / name, Path(place) / f"{name}-small"
            data = ["--task", task, "--train", train, "--dev", dev, *columns]
            run(options.lathe, "train", "--model", options.model, *data, "--epochs", 6, "--learning-rate", "3e-3", "--out", out)
            before = check(name, task, options.lathe, out, dev, label)
            run(options.lathe, "compress", "--model", out, *data, "--goal", goal, "--epochs", 2, "--learning-rate", "1e-3", "--out", small)
            check(f"{name}, {goal}", task, options.lathe, small, dev, label)
            baseline = before["baseline"]
            if before["metrics"][baseline["metric"]] <= baseline["value"]:
                sys.exit(f"{name}: no better than the baseline {baseline}")


if __name__ == "__main__":
    main()
