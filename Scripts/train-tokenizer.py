#!/usr/bin/env python3
"""Makes a byte-level BPE tokenizer in the manner of GPT-2 from a text: OUT/tokenizer.json, as Scripts/gpt2-results.sh uses it.

    python3 Scripts/train-tokenizer.py TEXT SIZE OUT

SIZE tokens, the first of which ends a text (<|endoftext|>). Needs `pip install tokenizers`.
"""
import pathlib
import sys

try:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install tokenizers")

if len(sys.argv) != 4:
    sys.exit(__doc__)
text, size, out = sys.argv[1:]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train([text], trainers.BpeTrainer(
    vocab_size=int(size), special_tokens=["<|endoftext|>"], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
pathlib.Path(out).mkdir(parents=True, exist_ok=True)
tokenizer.save(f"{out}/tokenizer.json")
