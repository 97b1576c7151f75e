"""Texts that tokenizers get wrong, made from a seed: for record-tokenizers.py and compare-tokenizers.py."""
import random

FIXED = [
    "", " ", "   ", "\n", "\t\ta\t b \r\n c\n\n", "a", "Hello, world!", "don't won't I'll we've they're she'd I'm it's 'S 'LL",
    "héllo naïve café ÅÇÉÎÕÜ", "he\u0301llo nai\u0308ve cafe\u0301", "\u0301leading mark", "q\u0307\u0323 q\u0323\u0307 \u1e0b\u0323",
    "İstanbul I\u0307 ß ẞ Σίσυφος ΣΑΣ ς ǅ ŉ ﬁ ﬀ Ĳ", "中文字符 混合English文本 日本語テキスト 한국어 텍스트", "\u1112\u1161\u11ab\uae00 각\u11a8",
    "👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ☺️ 🏳️‍🌈", "שלום עולם مرحبا بالعالم \u200fRTL\u200e \u202eoverride\u202c", "Привет МИР ёЁйЙ ѐ", "हिन्दी देवनागरी क़ তামিল தமிழ் ไทย ຄຳ",
    "zero\u200bwidth\u200cnon\u200djoiner\ufeffbom\u00adsoft", "nbsp\u00a0here\u2003em\u3000ideographic\u2028line\u2029para\u0085nel",
    "control\x00\x01\x07\x08\x0b\x0c\x1b\x7f\x80\x9f end", "\ufffd replacement \ufffe\uffff \ud7ff\ue000 \U0010ffff \U000e0001",
    "$1,234.56 (50%) #tag @user https://example.com/a_b?c=d&e=f", "½ ² ③ Ⅷ ٣ ५ 𝟘 𐄇 ①②", "x" * 101, "supercalifragilisticexpialidocious" * 5,
    "a" * 5000, "ab" * 300, "é" * 120, "中" * 50, "!" * 60, "\u0301" * 70, "e" + "\u0316\u0301" * 30, " leading", "trailing ", "  two  spaces  ",
    "new\nline", "new \n line", "new\n line", "new\n\n  line\t\tx \n", "tab\tx", "\u00a0x \u00a0 y", "'", "''", "' s", "'s", " 's", "a's'", "!'s", "1's",
    "[CLS] [SEP]", "a[MASK]b", "<|endoftext|>", "x <|endoftext|> y", "<s>a</s>", "Hello <mask> . Hello<mask>!", "[UNK] [PAD] [cls]",
    "##a ## b##c", "𝒳𝓎𝔷 Ａｂｃ ｶﾞ ㎏ ™ …", "İİİ", "\u0130\u0131", "ﷺ", "\u0344\u0374\u037e\u0387", "\U0001d15e\U0001d1bb", "가각힣", "\u0fb3\u0f71\u0f80",
    "ABC\u0300\u0315\u0316D", "Ǆ ǆ ǲ", "\u1e9b\u0323", "\U00011099\U000110ba", "\u2126\u212a\u212b", "\u0958\u09dc\u0b5c", "¿¡«»‹›“”‘’—–‐‑", "^`~|+<=>$",
]

RANGES = [
    (0x20, 0x7F), (0x20, 0x7F), (0x20, 0x7F), (0, 0x20), (0x80, 0x250), (0x250, 0x370), (0x300, 0x370), (0x370, 0x400), (0x400, 0x530),
    (0x590, 0x700), (0x900, 0xE00), (0xE00, 0x1000), (0x1000, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2070), (0x2070, 0x2C00),
    (0x2C00, 0x3000), (0x3000, 0x3400), (0x4E00, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A4), (0xE000, 0xE100), (0xF900, 0xFB00),
    (0xFB00, 0x10000), (0x10000, 0x11000), (0x11000, 0x12000), (0x16000, 0x17000), (0x1B000, 0x1B300), (0x1D000, 0x1D800),
    (0x1E000, 0x1F000), (0x1F000, 0x1FB00), (0x20000, 0x20100), (0x2F800, 0x2FA20), (0xE0000, 0xE0200), (0x10FF00, 0x110000),
]
PIECES = [" ", "  ", "\n", "\t", "\u00a0", "'s", "'ll", "'", "\u0301", "\u0323", "\u200d", "\ufe0f", "[SEP]", "[MASK]", " [MASK] ",
          "<|endoftext|>", "<mask>", "  <mask>  ", "##", ".", "!?", "...", "_", "the", " The", "ING", "café", "42", "é", "İ", "ß", "中", "한"]


def scalar(rng, low, high):
    while True:
        code = rng.randrange(low, high)
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def random_text(rng):
    parts = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 20])):
        kind = rng.random()
        if kind < 0.35:
            parts.append(rng.choice(PIECES))
        elif kind < 0.55:
            parts.append("".join(chr(rng.randrange(0x61, 0x7B)) for _ in range(rng.randrange(1, 12))))
            parts.append(rng.choice(["", " ", " ", ", "]))
        else:
            low, high = rng.choice(RANGES)
            parts.append("".join(scalar(rng, low, high) for _ in range(rng.randrange(1, 9))))
    return "".join(parts)


def texts(count, seed):
    """The fixed texts, and random ones up to `count` in all."""
    rng = random.Random(seed)
    return FIXED + [random_text(rng) for _ in range(count - len(FIXED))]


def every_scalar(size=64):
    """Texts that together hold every Unicode scalar, between letters."""
    scalars = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    return ["a" + "a".join(scalars[start:start + size]) + "a" for start in range(0, len(scalars), size)]
