#!/usr/bin/env python3
"""Records encodings of the Python package `tokenizers` for the tests: python3 Scripts/record-tokenizers.py

Trains tiny tokenizers on the lines below and writes them with their encodings of awkward texts into
Tests/LatheModelsTests/Resources/tokenizers. Needs `pip install tokenizers`; manifest.json keeps version and seed.
"""
import json
import os
import random
import shutil
import sys

import tokenizers
from awkward_texts import FIXED, random_text
from tokenizers import (AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers,
                        processors, trainers)

SEED = 7
TARGET = os.path.join(os.path.dirname(__file__), "../Tests/LatheModelsTests/Resources/tokenizers")
LINES = [
    "The quick brown fox jumps over the lazy dog, and the dog doesn't mind.",
    "She said they're going to the theatre; he'll come later, I've heard.",
    "A film about nothing, told without haste: it's the best of the year!",
    "Naïve café owners résumé über façade, cooperation of the élite.",
    "numbers 1 22 333 4444 and 55,555.55 (or 50%) cost $1,234",
    "Hello, world! hello world. HELLO WORLD? The world says hello.",
    "中文 和 日本語 と 한국어 in one line, привет мир, γειά σου κόσμε",
    "def main(arguments): return [argument for argument in arguments]",
    "The heading\n\n  an indented line\tand a tab\n the end",
]
PLAIN = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def special(names):
    return [AddedToken(name, special=True, normalized=False) for name in names]


def word_piece(normalizer, pre_tokenizer, size=320):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        LINES, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special(PLAIN), show_progress=False))
    return tokenizer


def template(tokenizer):
    ids = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    return processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids)


def byte_level(prefix, names, normalizer=None, size=400):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        LINES, trainers.BpeTrainer(
            vocab_size=size, special_tokens=special(names), show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def bert_uncased():
    tokenizer = word_piece(normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())
    tokenizer.post_processor = template(tokenizer)
    return tokenizer


def bert_cased():
    tokenizer = word_piece(normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer())
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def roberta():
    tokenizer = byte_level(True, ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.add_special_tokens([AddedToken("<mask>", special=True, lstrip=True, normalized=False)])
    return tokenizer


def gpt2():
    tokenizer = byte_level(False, ["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def added():
    """Added tokens with every flag, over a sequence of normalizers and of pre-tokenizers."""
    tokenizer = word_piece(
        normalizers.Sequence([
            normalizers.Strip(), normalizers.Replace("--", "—"), normalizers.NFKD(), normalizers.StripAccents(),
            normalizers.Lowercase(), normalizers.Prepend("_")]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Whitespace()]))
    tokenizer.add_tokens([
        AddedToken("World", normalized=True), AddedToken("the", single_word=True, normalized=False),
        AddedToken("é", normalized=True, single_word=True), AddedToken("<mask>", lstrip=True, rstrip=True)])
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", rstrip=True, normalized=False)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template(tokenizer)])
    return tokenizer


def characters():
    """Byte-pair encoding of characters, with an unknown token for those that were not seen."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", fuse_unk=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        LINES, trainers.BpeTrainer(vocab_size=250, special_tokens=special(["[UNK]"]), show_progress=False))
    return tokenizer


def normal_form(normalizer):
    return lambda: byte_level(False, ["<|endoftext|>"], normalizer, size=260)


TOKENIZERS = {
    "bert-uncased": bert_uncased, "bert-cased": bert_cased, "roberta": roberta, "gpt2": gpt2, "added": added,
    "characters": characters, "nfc": normal_form(normalizers.NFC()), "nfkc": normal_form(normalizers.NFKC()),
    "nfd": normal_form(normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase()])),
}


def requests(texts, rng):
    for text in texts:
        yield {"text": text}
    for _ in range(40):
        request = {"text": rng.choice(texts), "special": rng.random() < 0.8}
        if rng.random() < 0.7:
            request["pair"] = rng.choice(texts)
        request["max_length"] = rng.choice([4, 5, 7, 8, 16])
        request["truncation"] = rng.choice(["longest_first"] * 3 + ["only_first", "only_second"])
        request["side"] = rng.choice(["right", "right", "left"])
        yield request


def row(tokenizer, request):
    tokenizer.no_truncation()
    if "max_length" in request:
        tokenizer.enable_truncation(request["max_length"], strategy=request["truncation"], direction=request["side"])
    try:
        encoding = tokenizer.encode(
            request["text"], request.get("pair"), add_special_tokens=request.get("special", True))
    except Exception as error:
        assert "Truncation error" in str(error), error
        return {"error": True}
    result = {"ids": encoding.ids, "offsets": [list(offsets) for offsets in encoding.offsets],
              "decoded": tokenizer.decode(encoding.ids, skip_special_tokens=False)}
    # What follows from the rest for most encodings is left out.
    if any(encoding.type_ids) or any(encoding.special_tokens_mask):
        result["types"] = encoding.type_ids
        result["special"] = encoding.special_tokens_mask
    names = {id: token for token, id in tokenizer.get_vocab(with_added_tokens=True).items()}
    if encoding.tokens != [names[id] for id in encoding.ids]:
        result["tokens"] = encoding.tokens
    return result


def write(path, value):
    with open(os.path.join(TARGET, path), "w", encoding="utf-8", newline="\n") as file:
        file.write(value)


def lines(values):
    return "[\n" + ",\n".join(json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in values) + "\n]\n"


def main():
    rng = random.Random(SEED)
    texts = [text for text in FIXED if len(text) <= 125] + ["ab" * 60] + [random_text(rng) for _ in range(25)]
    shutil.rmtree(TARGET, ignore_errors=True)
    os.makedirs(TARGET)
    asked = list(requests(texts, rng))
    few = [request for index, request in enumerate(asked) if index % 3 == 0]
    write("requests.json", lines(asked))
    write("requests-few.json", lines(few))
    # Training breaks ties by the order of hash tables, so another recording has other vocabularies.
    trained = {name: make() for name, make in TOKENIZERS.items()}
    for name, tokenizer in trained.items():
        os.makedirs(os.path.join(TARGET, name))
        write(f"{name}/tokenizer.json", tokenizer.to_str(pretty=False))
        is_main = name in ("bert-uncased", "roberta", "added")
        write(f"{name}/encodings.json", lines(row(tokenizer, request) for request in (asked if is_main else few)))

    # The same tokenizers in the older files.
    vocabulary = sorted(trained["bert-uncased"].get_vocab().items(), key=lambda entry: entry[1])
    os.makedirs(os.path.join(TARGET, "vocab-txt"))
    write("vocab-txt/vocab.txt", "".join(token + "\n" for token, _ in vocabulary))
    write("vocab-txt/tokenizer_config.json", '{"do_lower_case": true, "strip_accents": null, "model_max_length": 512}\n')
    os.makedirs(os.path.join(TARGET, "vocab-json"))
    model = json.loads(trained["roberta"].to_str())["model"]
    # <mask> is an added token there; here it is one of the vocabulary, as in RoBERTa's own files.
    model["vocab"]["<mask>"] = len(model["vocab"])
    write("vocab-json/vocab.json", json.dumps(model["vocab"], ensure_ascii=False, separators=(",", ":")) + "\n")
    write("vocab-json/merges.txt", "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"]))
    mask = '{"__type": "AddedToken", "content": "<mask>", "lstrip": true, "rstrip": false, "single_word": false, "normalized": false}'
    write("vocab-json/tokenizer_config.json", f'{{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true, "mask_token": {mask}}}\n')
    write("manifest.json", json.dumps(
        {"package": "tokenizers", "version": tokenizers.__version__, "seed": SEED, "texts": len(texts),
         "script": "Scripts/record-tokenizers.py"}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
