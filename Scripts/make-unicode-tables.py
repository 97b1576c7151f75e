#!/usr/bin/env python3
"""Writes the Unicode tables of the tokenizers: python3 Scripts/make-unicode-tables.py > Sources/…/UnicodeTables.swift

Tokens must equal those of the Python package `tokenizers`, which mixes the tables of several libraries, each of its own
Unicode version. So no version of the standard is right: this script asks the package itself about every scalar.
Needs `pip install tokenizers`; the version used is written into the file.
"""
import sys
import textwrap

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

SCALARS = [i for i in range(0x110000) if not 0xD800 <= i < 0xE000]
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
HANGUL = range(0xAC00, 0xD7A4)


def number(value):
    """Five bits a digit, lowest first; 32 is added to every digit but the last."""
    digits = ""
    while value >= 32:
        digits += DIGITS[32 + value % 32]
        value //= 32
    return digits + DIGITS[value]


def signed(value):
    return 2 * value if value >= 0 else -2 * value - 1


def runs(values):
    """(length, value) of each run; `values` has an entry for each scalar, surrogates take their predecessor's."""
    text, start, current = "", 0, values[0]
    for scalar in range(1, 0x110000):
        value = values.get(scalar, current)
        if value != current:
            text += number(scalar - start) + number(current)
            start, current = scalar, value
    return text + number(0x110000 - start) + number(current)


def removed_by(pre_tokenizer):
    return {i for i in SCALARS if not pre_tokenizer.pre_tokenize_str(chr(i))}


def properties():
    clean = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    strip = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    nfd, accents = normalizers.NFD(), normalizers.StripAccents()
    control = {i for i in SCALARS if clean.normalize_str("a" + chr(i) + "a") == "aa"}
    space = removed_by(pre_tokenizers.WhitespaceSplit())
    letter = removed_by(pre_tokenizers.Split(Regex(r"\p{L}"), "removed"))
    digit = removed_by(pre_tokenizers.Split(Regex(r"\p{N}"), "removed"))
    assert space == removed_by(pre_tokenizers.Split(Regex(r"\s"), "removed"))
    bert, words = pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Whitespace()
    flags = {}
    for i in SCALARS:
        c = chr(i)
        pieces = len(words.pre_tokenize_str("a" + c + "a"))
        assert (pieces == 2) == (i in space)
        # A scalar that decomposes never reaches the filter for marks; its parts do.
        is_nonspacing = nfd.normalize_str(c) == c and strip.normalize_str(c) == ""
        flags[i] = (
            (i in control) | (i in space) << 1 | is_nonspacing << 2 | (accents.normalize_str(c) == "") << 3
            | (len(bert.pre_tokenize_str("a" + c + "a")) == 3) << 4 | (i in letter) << 5 | (i in digit) << 6
            | (pieces == 1) << 7)
    return flags


def combining_classes():
    nfd = normalizers.NFD()
    # One mark of each class; two marks change places when the first one's class is the higher.
    marks = {1: 0x334, 7: 0x93C, 8: 0x3099, 9: 0x94D, 84: 0xC55, 91: 0xC56, 103: 0xE38, 107: 0xE48, 118: 0xEB8,
             122: 0xEC8, 129: 0xF71, 130: 0xF72, 132: 0xF74, 202: 0x321, 214: 0x1DCE, 216: 0x31B, 218: 0x302A,
             220: 0x316, 222: 0x59A, 224: 0x302E, 226: 0x1D16D, 228: 0x5AE, 230: 0x301, 232: 0x315, 233: 0x35C,
             234: 0x35D, 240: 0x345}
    marks.update({10 + k: 0x5B0 + k for k in range(10)})
    marks.update({20: 0x5BB, 21: 0x5BC, 22: 0x5BD, 23: 0x5BF, 24: 0x5C1, 25: 0x5C2, 26: 0xFB1E})
    marks.update({27 + k: 0x64B + k for k in range(8)})
    marks.update({35: 0x670, 36: 0x711})
    classes = {}
    for i in SCALARS:
        c = nfd.normalize_str(chr(i))
        if i in HANGUL or len(c) != 1:
            classes[i] = 0
            continue
        above, below = chr(marks[230]), chr(marks[1])
        if nfd.normalize_str(above + c) == above + c and nfd.normalize_str(c + below) == c + below:
            classes[i] = 0
            continue
        matching = [k for k, mark in marks.items()
                    if nfd.normalize_str(c + chr(mark)) == c + chr(mark)
                    and nfd.normalize_str(chr(mark) + c) == chr(mark) + c]
        assert len(matching) == 1, (hex(i), matching)
        classes[i] = matching[0]
    for k, mark in marks.items():
        assert classes[mark] == k, (k, hex(mark), classes[mark])
    return classes


def decompositions(form, unless=None):
    """For each scalar that changes: its distance, twice the count (plus 1 if NFC composes it again), and its parts."""
    nfc, text, last, previous = normalizers.NFC(), "", 0, [0] * 32
    for i in SCALARS:
        c = chr(i)
        parts = form.normalize_str(c)
        if i in HANGUL or parts == c or (unless and unless.normalize_str(c) == parts):
            continue
        text += number(i - last) + number(2 * len(parts) + (nfc.normalize_str(c) == c))
        for k, part in enumerate(parts):
            text += number(signed(ord(part) - previous[k]))
            previous[k] = ord(part)
        last = i
    return text


def lowercase():
    """For each scalar that changes: its distance, and its lower case relative to it, with 1 added while more follow."""
    lower, text, last = normalizers.Lowercase(), "", 0
    for i in SCALARS:
        parts = lower.normalize_str(chr(i))
        if parts == chr(i):
            continue
        text += number(i - last)
        for k, part in enumerate(parts):
            text += number(2 * signed(ord(part) - i) + (k + 1 < len(parts)))
        last = i
    return text


def main():
    tables = [
        ("properties", "Runs of scalars with the same flags, see `UnicodeData.Flags`.", runs(properties())),
        ("combiningClasses", "Runs of scalars with the same canonical combining class.", runs(combining_classes())),
        ("canonical", "Full canonical decompositions, Hangul aside.", decompositions(normalizers.NFD())),
        ("compatibility", "Full compatibility decompositions where they differ from the canonical ones.",
         decompositions(normalizers.NFKD(), unless=normalizers.NFD())),
        ("lowercase", "Lower-case mappings.", lowercase()),
    ]
    print(f"""// Made by Scripts/make-unicode-tables.py from the behaviour of the Python package tokenizers {tokenizers.__version__}; do not edit.
// The package's libraries have tables of different Unicode versions (8 to 17), so these belong to no single one.

/// The tables as text: numbers of five bits a digit, lowest first, 32 added to every digit but a number's last.
enum UnicodeTables {{""")
    for index, (name, comment, text) in enumerate(tables):
        print(("\n" if index else "") + f"    /// {comment}\n    static let {name}: StaticString = \"\"\"")
        print(textwrap.indent("\n".join(textwrap.wrap(text, 112)), "        "))
        print('        """')
    print("}")


if __name__ == "__main__":
    sys.exit(main())
