#!/usr/bin/env python3
"""Logits of a packed classifier in Lathe and in transformers with compressed-tensors, on a file of GLUE's SST-2 form.

    Scripts/compare-logits.py --lathe .build/release/lathe --data dev.tsv [--max-length 64] MODEL [MODEL …]

Needs the Python packages torch, transformers and compressed-tensors. Prints for each model the cosine of all logits as one vector, the accuracies, and the
share of examples that both put into the same class. Exits with 1 where a cosine is below --least.
"""
import argparse, csv, json, subprocess, sys, tempfile
import numpy as np, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def lathe_logits(arguments, model):
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        subprocess.run([arguments.lathe, "eval", "--model", model, "--task", "sst2", "--data", arguments.data, "--max-length", str(arguments.max_length),
                        "--predictions", file.name], check=True, capture_output=True)
        return np.array([json.loads(line)["outputs"] for line in open(file.name, encoding="utf-8")])


def python_logits(arguments, model, texts):
    tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModelForSequenceClassification.from_pretrained(model).eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(texts), 64):
            batch = tokenizer(texts[start:start + 64], padding=True, truncation=True, max_length=arguments.max_length, return_tensors="pt")
            parts.append(network(**batch).logits.numpy())
    return np.concatenate(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--max-length", type=int, default=64)
    parser.add_argument("--least", type=float, default=0.999)
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    rows = list(csv.DictReader(open(arguments.data, encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    texts, labels = [row["sentence"] for row in rows], np.array([int(row["label"]) for row in rows])
    passed = True
    for model in arguments.models:
        ours, theirs = lathe_logits(arguments, model), python_logits(arguments, model, texts)
        cosine = float((ours * theirs).sum() / np.linalg.norm(ours) / np.linalg.norm(theirs))
        classes = ours.argmax(1), theirs.argmax(1)
        print(f"{model}: cosine {cosine:.6f}, accuracy {(classes[0] == labels).mean():.4f} and {(classes[1] == labels).mean():.4f}, "
              f"same class {(classes[0] == classes[1]).mean():.4f}")
        passed = passed and cosine >= arguments.least
    sys.exit(0 if passed else 1)


main()
