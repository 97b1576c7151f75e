#!/usr/bin/env python3
"""Compares the tokens and sentence embeddings of `lathe embed` with those of `transformers`.

    python3 Scripts/compare-embeddings.py --lathe PROGRAM --model DIR --texts FILE [--awkward 500]

An embedding is the mean of a text's last hidden states, special tokens among them, scaled to length 1; tokens past
`--max-length` are cut off. FILE has a text a line; of a `.tsv` the column `sentence` is taken. `--awkward N` adds N texts of
awkward Unicode. Fails where tokens differ or the cosine of two embeddings is below 0.99999. Needs
`pip install torch transformers`.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers
    from awkward_texts import texts as awkward_texts
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install torch transformers")

SMALLEST_COSINE = 0.99999
BATCH = 32


def read_texts(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().removesuffix("\n").split("\n")
    if not path.endswith(".tsv"):
        return lines
    header = lines[0].split("\t")
    if "sentence" not in header:
        sys.exit(f"{path}: no column `sentence`, only {', '.join(header)}")
    return [line.split("\t")[header.index("sentence")] for line in lines[1:]]


def lathe_results(program, directory, texts):
    """Texts go as JSON strings, so that line breaks in them do not end a line."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "texts.jsonl")
        with open(path, "w", encoding="ascii", newline="\n") as file:
            file.writelines(json.dumps(text) + "\n" for text in texts)
        command = [program, "embed", "--model", directory, "--texts", path, "--json-texts"]
        run = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {run.returncode}")
    results = [json.loads(line) for line in run.stdout.splitlines()]
    if len(results) != len(texts):
        sys.exit(f"{len(texts)} texts, but {len(results)} lines of output")
    return results


def reference_results(directory, texts, max_length):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModel.from_pretrained(directory, dtype=torch.float32).eval()
    tokens = [tokenizer(text, truncation=True, max_length=max_length)["input_ids"] for text in texts]
    order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
    embeddings = [None] * len(texts)
    for start in range(0, len(order), BATCH):
        batch = order[start:start + BATCH]
        inputs = tokenizer.pad({"input_ids": [tokens[index] for index in batch]}, return_tensors="pt")
        with torch.no_grad():
            states = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).last_hidden_state.double()
        mask = inputs["attention_mask"].unsqueeze(-1)
        means = (states * mask).sum(1) / mask.sum(1)
        for index, embedding in zip(batch, torch.nn.functional.normalize(means, dim=-1)):
            embeddings[index] = embedding
    return tokens, embeddings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True, metavar="PROGRAM")
    parser.add_argument("--model", required=True, metavar="DIR")
    parser.add_argument("--texts", required=True, metavar="FILE")
    parser.add_argument("--awkward", type=int, default=0, metavar="N", help="also N texts of awkward Unicode")
    parser.add_argument("--max-length", type=int, default=256, help="tokens, special ones among them")
    parser.add_argument("--seed", type=int, default=1, help="of the awkward texts")
    options = parser.parse_args()
    torch.set_num_threads(2)
    transformers.logging.disable_progress_bar()

    texts = read_texts(options.texts) + awkward_texts(options.awkward, options.seed)[:options.awkward]
    results = lathe_results(options.lathe, options.model, texts)
    different, cosines = 0, []
    for text, result, tokens, embedding in zip(texts, results, *reference_results(options.model, texts, options.max_length)):
        got = torch.tensor(result["embedding"], dtype=torch.float64)
        cosines.append(torch.nn.functional.cosine_similarity(got, embedding, dim=0))
        if result["tokens"] != tokens:
            different += 1
            if different <= 5:
                print(f"{text!r}\n  expected {tokens}\n  got      {result['tokens']}")
    smallest = torch.stack(cosines).min().item()  # NaN if one is
    print(f"{len(texts)} texts: {different} with other tokens, smallest cosine {smallest:.8f}")
    return 0 if different == 0 and smallest >= SMALLEST_COSINE else 1


if __name__ == "__main__":
    sys.exit(main())
