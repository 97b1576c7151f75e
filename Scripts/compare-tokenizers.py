#!/usr/bin/env python3
"""Compares Lathe's tokenizers with the Python package `tokenizers`: ids, types, masks, offsets, tokens, decoded text.

    python3 Scripts/compare-tokenizers.py --tokenizer DIR texts.tsv …      # DIR has a tokenizer.json
    python3 Scripts/compare-tokenizers.py --train-bpe 8000 texts.tsv …     # GPT-2's kind, trained on the texts

Every line of the texts is encoded alone, some in pairs and cut to a length, and so are texts of awkward Unicode made from
a seed. Needs `pip install tokenizers`. Lathe's side runs as the test `TokenizerDumpTests`, which says how fast it was.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import tokenizers
from awkward_texts import every_scalar, texts as awkward_texts
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers


def train(lines, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def requests(lines, awkward, seed):
    """Every text alone; then pairs, limits and texts without special tokens."""
    rng = random.Random(seed)
    everything = lines + awkward
    for text in everything:
        yield {"text": text}
    for _ in range(len(awkward)):
        request = {"text": rng.choice(everything), "special": rng.random() < 0.8}
        if rng.random() < 0.6:
            request["pair"] = rng.choice(everything)
        if rng.random() < 0.8:
            request["max_length"] = rng.choice([4, 5, 7, 8, 16, 33, 64])
            request["truncation"] = rng.choice(["longest_first"] * 3 + ["only_first", "only_second"])
            request["side"] = rng.choice(["right", "right", "left"])
        yield request


def expected(tokenizer, request):
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if "max_length" in request:
        tokenizer.enable_truncation(
            request["max_length"], strategy=request["truncation"], direction=request["side"])
    try:
        encoding = tokenizer.encode(
            request["text"], request.get("pair"), add_special_tokens=request.get("special", True))
    except Exception as error:
        if "Truncation error" not in str(error):
            raise
        return {"error": True}
    return {
        "ids": encoding.ids, "types": encoding.type_ids, "attention": encoding.attention_mask,
        "special": encoding.special_tokens_mask, "offsets": [list(o) for o in encoding.offsets],
        "tokens": encoding.tokens, "decoded": tokenizer.decode(encoding.ids, skip_special_tokens=False),
        "plain": tokenizer.decode(encoding.ids, skip_special_tokens=True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", help="files; every line is a text")
    parser.add_argument("--tokenizer", help="a directory with tokenizer.json")
    parser.add_argument("--train-bpe", type=int, metavar="SIZE", help="train a byte-level BPE of this size instead")
    parser.add_argument("--awkward", type=int, default=2000, help="how many texts of awkward Unicode")
    parser.add_argument("--every-scalar", action="store_true", help="also texts with every Unicode scalar")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", default=os.path.join(os.path.dirname(__file__), ".."), help="Lathe's directory")
    options = parser.parse_args()

    lines = [line for path in options.texts for line in open(path, encoding="utf-8").read().split("\n")]
    awkward = awkward_texts(options.awkward, options.seed)
    if options.every_scalar:
        awkward += every_scalar()
    with tempfile.TemporaryDirectory() as scratch:
        if options.train_bpe:
            train(lines, options.train_bpe).save(os.path.join(scratch, "tokenizer.json"))
        directory = scratch if options.train_bpe else options.tokenizer
        tokenizer = Tokenizer.from_file(os.path.join(directory, "tokenizer.json"))
        wanted = list(requests(lines, awkward, options.seed))
        asked, given = os.path.join(scratch, "requests.jsonl"), os.path.join(scratch, "encodings.jsonl")
        with open(asked, "w", encoding="utf-8", newline="\n") as file:
            for request in wanted:
                file.write(json.dumps(request, ensure_ascii=False) + "\n")
        environment = dict(os.environ, LATHE_TOKENIZER_DIR=os.path.abspath(directory), LATHE_TOKENIZER_TEXT=asked,
                           LATHE_TOKENIZER_OUT=given)
        subprocess.run(["swift", "test", "-c", "release", "--filter", "TokenizerDumpTests"], check=True,
                       cwd=options.package, env=environment)
        results = [json.loads(line) for line in open(given, encoding="utf-8")]

        single = [request["text"] for request in wanted if len(request) == 1]
        tokenizer.no_padding()
        tokenizer.no_truncation()
        start = time.perf_counter()
        for text in single:
            tokenizer.encode(text)
        seconds = time.perf_counter() - start
        size = sum(len(text.encode()) for text in single)
        print(f"tokenizers {tokenizers.__version__}: {size / seconds / 1e6:.1f} MB/s, {len(single)} texts")

        assert len(results) == len(wanted), (len(results), len(wanted))
        different = 0
        for request, result in zip(wanted, results):
            right = expected(tokenizer, request)
            if right != result:
                different += 1
                if different <= 5:
                    for key in right:
                        if right[key] != result.get(key):
                            print(f"{request!r}\n  {key}: expected {right[key]}\n  {key}: got      {result.get(key)}")
        tokens = sum(len(result.get("ids", [])) for result in results)
        print(f"{len(wanted)} encodings, {tokens} tokens: {different} differ")
        return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
