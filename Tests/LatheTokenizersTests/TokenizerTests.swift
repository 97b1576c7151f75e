import LatheTokenizers
import Testing

/// What a user does with a tokenizer, on vocabularies small enough to follow by eye.
@Suite struct TokenizerTests {
    static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", ".", "un", "##afford", "##able", "e",
    ]

    static func bert(_ settings: String = "{}") throws -> Tokenizer {
        try TokenizerFixture.withDirectory([
            "vocab.txt": words.joined(separator: "\n") + "\n", "tokenizer_config.json": settings,
        ]) { try Tokenizer(directory: $0) }
    }

    @Test func wordPieces() throws {
        let encoding = try Self.bert().encode("The cats SAT. Unaffordable dog")
        let pieces = ["the", "cat", "##s", "sat", ".", "un", "##afford", "##able", "[UNK]"]
        #expect(encoding.tokens == ["[CLS]"] + pieces + ["[SEP]"])
        #expect(encoding.ids == [2, 5, 6, 7, 8, 9, 10, 11, 12, 1, 3])
        let places = [0..<3, 4..<7, 7..<8, 9..<12, 12..<13, 14..<16, 16..<22, 22..<26, 27..<30]
        #expect(encoding.offsets == [0..<0] + places + [0..<0])
        #expect(encoding.specialTokensMask == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func offsetsCountScalars() throws {
        let text = "👍🏽 the é"
        let encoding = try Self.bert().encode(text)
        #expect(encoding.tokens == ["[CLS]", "[UNK]", "the", "e", "[SEP]"])
        #expect(encoding.offsets.map { String(Tokenizer.text(of: $0, in: text)) } == ["", "👍🏽", "the", "é", ""])
        #expect(encoding.offsets[2] == 3..<6)
        #expect(Tokenizer.text(of: 90..<95, in: text) == "")
        #expect(Tokenizer.text(of: 7..<95, in: text) == "é")
    }

    @Test func settingsOfOldFiles() throws {
        let cased = try Self.bert(#"{"do_lower_case": false}"#)
        #expect(try cased.encode("The thé").tokens == ["[CLS]", "[UNK]", "[UNK]", "[SEP]"])
        let stripped = try Self.bert(#"{"do_lower_case": false, "strip_accents": true, "model_max_length": 512}"#)
        #expect(try stripped.encode("The thé").tokens == ["[CLS]", "[UNK]", "the", "[SEP]"])
        #expect(stripped.modelMaxLength == 512)
        let words = ["[PAD]", "[UNK]", "<start>", "<stop>", "a"]
        let renamed = try TokenizerFixture.withDirectory([
            "vocab.txt": words.joined(separator: "\r\n"),
            "special_tokens_map.json": #"{"cls_token": "<start>", "sep_token": {"content": "<stop>"}}"#,
        ]) { try Tokenizer(directory: $0) }
        #expect(try renamed.encode("a <stop>").ids == [2, 4, 3, 3])
        #expect(renamed.specialTokens.classifier == 2)
        #expect(renamed.specialTokens.mask == nil)
    }

    @Test func vocabulary() throws {
        let tokenizer = try Self.bert()
        #expect(tokenizer.vocabularySize == Self.words.count)
        #expect(tokenizer.idLimit == Self.words.count)
        for (id, word) in Self.words.enumerated() {
            #expect(tokenizer.id(of: word) == Int32(id))
            #expect(tokenizer.token(for: Int32(id)) == word)
        }
        #expect(tokenizer.id(of: "dog") == nil)
        #expect(tokenizer.token(for: -1) == nil)
        #expect(tokenizer.token(for: .max) == nil)
        #expect(tokenizer.specialTokens.padding == 0)
        #expect(tokenizer.specialTokens.mask == 4)
        #expect(tokenizer.addedTokens.map(\.content) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    }

    @Test func pairsAndLimits() throws {
        let tokenizer = try Self.bert()
        let pair = try tokenizer.encode("the cat sat", pair: "the cats.", options: TokenizerOptions(maxLength: 8))
        #expect(pair.tokens == ["[CLS]", "the", "cat", "[SEP]", "the", "cat", "##s", "[SEP]"])
        #expect(pair.typeIDs == [0, 0, 0, 0, 1, 1, 1, 1])
        let left = TokenizerOptions(maxLength: 3, truncationSide: .left)
        #expect(try tokenizer.encode("the cat sat", options: left).tokens == ["[CLS]", "sat", "[SEP]"])
        let bare = TokenizerOptions(maxLength: 2, addSpecialTokens: false)
        #expect(try tokenizer.encode("the cat sat", options: bare).tokens == ["the", "cat"])
        #expect(try tokenizer.encode("the", options: TokenizerOptions(maxLength: 2)).tokens == ["[CLS]", "[SEP]"])
        #expect(try tokenizer.encode("", options: bare).count == 0)

        #expect(throws: TokenizerError.limitTooSmall(maxLength: 1, specialTokens: 2)) {
            try tokenizer.encode("the", options: TokenizerOptions(maxLength: 1))
        }
        #expect(throws: TokenizerError.noSecondText) {
            try tokenizer.encode("the cat", options: TokenizerOptions(maxLength: 3, truncation: .onlySecond))
        }
        #expect(throws: TokenizerError.cannotTruncate(maxLength: 5, truncation: .onlyFirst)) {
            let options = TokenizerOptions(maxLength: 5, truncation: .onlyFirst)
            return try tokenizer.encode("the", pair: "the cat sat", options: options)
        }
    }

    @Test func batches() throws {
        let tokenizer = try Self.bert()
        let texts = ["the", "the cats sat", ""]
        let none = try tokenizer.encode(batch: texts)
        #expect(none.map(\.count) == [3, 6, 2])
        #expect(try none == texts.map { try tokenizer.encode($0) })
        let longest = try tokenizer.encode(batch: texts, padding: .toLongest)
        #expect(longest.map(\.ids) == [[2, 5, 3, 0, 0, 0], [2, 5, 6, 7, 8, 3], [2, 3, 0, 0, 0, 0]])
        #expect(longest[0].attentionMask == [1, 1, 1, 0, 0, 0])
        #expect(longest[0].specialTokensMask == [1, 0, 1, 1, 1, 1])
        #expect(longest[0].tokens == ["[CLS]", "the", "[SEP]", "[PAD]", "[PAD]", "[PAD]"])
        #expect(longest[0].offsets[5] == 0..<0)
        let fixed = try tokenizer.encode(
            batch: texts, padding: .toLength(4), options: TokenizerOptions(maxLength: 4))
        #expect(fixed.map(\.ids) == [[2, 5, 3, 0], [2, 5, 6, 3], [2, 3, 0, 0]])
        let pairs = try tokenizer.encode(batch: texts, pairs: ["cat", "cat", "cat"], padding: .toLongest)
        #expect(pairs[2].typeIDs == [0, 0, 1, 1, 0, 0, 0, 0])
        #expect(throws: TokenizerError.unequalPairs(texts: 3, pairs: 1)) {
            try tokenizer.encode(batch: texts, pairs: ["cat"])
        }
        #expect(try tokenizer.encode(batch: [], padding: .toLongest).isEmpty)
        let left = try Self.bert(#"{"padding_side": "left"}"#)
        #expect(try left.encode(batch: texts, padding: .toLength(4))[0].ids == [0, 2, 5, 3])
    }

    @Test func decoding() throws {
        let tokenizer = try Self.bert()
        let ids = try tokenizer.encode("the cats sat.").ids
        #expect(tokenizer.decode(ids) == "the cats sat.")
        #expect(tokenizer.decode(ids, skippingSpecialTokens: false) == "[CLS] the cats sat. [SEP]")
        #expect(tokenizer.decode([-5, 5, 9_999, .max, .min]) == "the")
        #expect(tokenizer.decode([]) == "")
    }

    @Test func byteLevelDecodingReplacesBrokenText() throws {
        let tokenizer = try Tokenizer(directory: TokenizerFixture.path("gpt2"))
        let ids = try tokenizer.encode("né 👍🏽").ids
        #expect(tokenizer.decode(ids) == "né 👍🏽")
        #expect(tokenizer.decode(ids.dropLast()).hasSuffix("\u{FFFD}"))
        #expect(tokenizer.specialTokens.end == tokenizer.id(of: "<|endoftext|>"))
    }

    @Test func longTextsTakeLinearTime() throws {
        for name in ["bert-uncased", "gpt2", "nfc"] {
            let tokenizer = try Tokenizer(directory: TokenizerFixture.path(name))
            for piece in ["a", "the ", "\u{301}", "é", "ab"] {
                let text = String(repeating: piece, count: 200_000)
                let count = text.unicodeScalars.count
                #expect(try tokenizer.encode(text).offsets.allSatisfy { $0.upperBound <= count })
                #expect(try tokenizer.encode(text, options: TokenizerOptions(maxLength: 5)).count <= 5)
            }
        }
    }

    @Test func manyThreads() async throws {
        let tokenizer = try Tokenizer(directory: TokenizerFixture.path("roberta"))
        let texts = (0..<200).map { "The number \($0) and \($0 * 7919) jumps over the lazy dog" }
        let expected = try texts.map { try tokenizer.encode($0) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try texts.map { try tokenizer.encode($0) } == expected }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }
}
