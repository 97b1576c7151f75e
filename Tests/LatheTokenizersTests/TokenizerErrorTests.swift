import Foundation
import LatheTokenizers
import Testing

/// Files that are wrong or not supported give errors that say where and what to do.
@Suite struct TokenizerErrorTests {
    private static let wordPiece = #"{"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1}}"#
    private static let bpe = #"{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}"#

    private func message(_ json: String) -> String {
        do {
            _ = try Tokenizer(json: Array(json.utf8), name: "t.json")
            return "no error"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("[]", "t.json: the file: expected an object, got an array"),
        ("{}", "t.json: model: missing; add an object"),
        ("{", "t.json: not valid JSON: line 1, column 2 (byte 1): the text ends too early"),
        (#"{"model": {"type": "Unigram"}}"#, #"t.json: model.type: Unigram is not supported; use WordPiece, BPE"#),
        (#"{"model": {"type": "WordPiece"}}"#, "t.json: model.vocab: missing; add an object"),
        (
            #"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#,
            #"t.json: model.unk_token: the vocabulary has no token "[UNK]"; add it there or remove this"#
        ),
        (
            #"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": -1}}}"#,
            #"t.json: model.vocab["a"]: expected an id from 0 to 1073741823, got -1"#
        ),
        (
            #"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 0}}}"#,
            #"t.json: model.vocab["a"]: expected an id of its own, got 0, which is the id of "[UNK]""#
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b", ["a", "a"], "x", 3]}}"#,
            """
            t.json: model.merges[2]: expected two tokens with one space between, got "x"
            t.json: model.merges[3]: expected two tokens, got an integer
            t.json: model.merges[0]: the vocabulary has no token "b"; add it there or remove this
            t.json: model.merges[0]: the vocabulary has no token "ab"; add it there or remove this
            t.json: model.merges[1]: the vocabulary has no token "aa"; add it there or remove this
            """
        ),
    ])
    func model(_ json: String, _ expected: String) {
        let message = message(json)
        #expect(message.contains(expected), "\(message)")
    }

    @Test(arguments: [
        (#""normalizer": {"type": "Precompiled"}"#, "normalizer.type: Precompiled is not supported; use Sequence,"),
        (
            #""normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nmt"}]}"#,
            "normalizer.normalizers[1].type: Nmt is not supported"
        ),
        (
            #""normalizer": {"type": "Replace", "pattern": {"Regex": "a+"}, "content": ""}"#,
            "normalizer.pattern: a regular expression is not supported"
        ),
        (#""normalizer": {"type": "BertNormalizer", "lowercase": 1}"#, "normalizer.lowercase: expected true or false"),
        (#""pre_tokenizer": {"type": "Metaspace"}"#, "pre_tokenizer.type: Metaspace is not supported"),
        (#""pre_tokenizer": {}"#, "pre_tokenizer.type: missing; add a string"),
        (#""post_processor": {"type": "Magic"}"#, "post_processor.type: Magic is not supported"),
        (
            #""post_processor": {"type": "BertProcessing", "sep": ["[SEP]"], "cls": ["[CLS]", 1]}"#,
            "post_processor.sep: expected a token and its id, got an array"
        ),
        (
            #"""
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "X", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}}
            """#,
            """
            t.json: post_processor.single[0].SpecialToken.id: expected a key of special_tokens, got "X"
            t.json: post_processor.single: missing; add {"Sequence": {"id": "A", "type_id": 0}}
            t.json: post_processor.pair: missing; add {"Sequence": {"id": "B", "type_id": 0}}
            """
        ),
        (#""added_tokens": [{"content": "x"}]"#, "added_tokens[0].id: missing; add an id"),
        (#""version": "2.0""#, "version: 2.0 is not supported; use 1.0"),
        (#""padding": {"pad_id": "x"}"#, "padding.pad_id: expected an id, got a string"),
    ])
    func components(_ component: String, _ expected: String) {
        let message = message(#"{"model": \#(Self.wordPiece), \#(component)}"#)
        #expect(message.contains(expected), "\(message)")
    }

    @Test(arguments: ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"])
    func optionsOfBPE(_ option: String) {
        let value = ["dropout": "0.1", "byte_fallback": "true"][option] ?? #""x""#
        let model = Self.bpe.dropLast() + #", "\#(option)": \#(value)}"#
        let message = message(#"{"model": \#(model)}"#)
        #expect(message.contains("model.\(option): ") && message.contains("is not supported"), "\(message)")
    }

    @Test func manyProblemsAreCounted() {
        let vocabulary = (0..<80).map { #""t\#($0)": "x""# }.joined(separator: ", ")
        let message = message(#"{"model": {"type": "WordPiece", "vocab": {\#(vocabulary)}}}"#)
        #expect(message.contains("t.json: and 31 more problems"), "\(message.suffix(200))")
    }

    @Test func directories() throws {
        try TokenizerFixture.withDirectory([:]) { directory in
            #expect(throws: TokenizerError.noTokenizer(directory: directory)) { try Tokenizer(directory: directory) }
        }
        try TokenizerFixture.withDirectory(["vocab.json": "{}"]) { directory in
            #expect(throws: TokenizerError.missingCompanion(file: directory + "/vocab.json", companion: "merges.txt")) {
                try Tokenizer(directory: directory)
            }
        }
        try TokenizerFixture.withDirectory(["vocab.txt": "a\nb\n"]) { directory in
            let error = #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory) }
            let message = error?.description ?? ""
            #expect(message.contains(#"vocab.txt: the vocabulary: the vocabulary has no token "[CLS]""#), "\(message)")
        }
        let files = ["vocab.json": #"{"a": 0}"#, "merges.txt": "#version: 0.2\na b\nabc\n"]
        try TokenizerFixture.withDirectory(files) { directory in
            let error = #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory) }
            let message = error?.description ?? ""
            #expect(message.contains(#"merges.txt: line 2: the vocabulary has no token "b""#), "\(message)")
            #expect(message.contains(#"merges.txt: line 3: expected two tokens with one space between"#), "\(message)")
        }
        #expect(throws: TokenizerError.noTokenizer(directory: "/nowhere")) { try Tokenizer(directory: "/nowhere") }
    }

    @Test func paddingNeedsAToken() throws {
        let tokenizer = try Tokenizer(json: Array(#"{"model": \#(Self.wordPiece)}"#.utf8))
        #expect(throws: TokenizerError.noPaddingToken) {
            try tokenizer.encode(batch: ["a", ""], padding: .toLongest)
        }
    }

    /// Damaged files are refused, or give a tokenizer that works; `LATHE_FUZZ_COUNT` sets how many are tried.
    @Test(arguments: ["bert-uncased", "added", "roberta", "characters"])
    func damagedFiles(_ name: String) throws {
        let whole = try TokenizerFixture.bytes("\(name)/tokenizer.json")
        var random = SplitMix(state: 42)
        let count = ProcessInfo.processInfo.environment["LATHE_FUZZ_COUNT"].flatMap { Int($0) } ?? 300
        let texts = ["The [MASK] café <mask> World\n", "中文 👍🏽 e\u{301}\u{316} doesn't   x", ""]
        var loaded = 0
        for _ in 0..<count {
            var bytes = whole
            for _ in 0...random.below(3) { Self.damage(&bytes, &random) }
            guard let tokenizer = try? Tokenizer(json: bytes) else { continue }
            loaded += 1
            for text in texts {
                let options = TokenizerOptions(maxLength: random.below(2) == 0 ? nil : 6)
                guard let encoding = try? tokenizer.encode(text, pair: texts[1], options: options) else { continue }
                #expect(encoding.tokens.count == encoding.ids.count)
                _ = tokenizer.decode(encoding.ids)
            }
        }
        #expect(loaded > 0)
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] ^= UInt8(1 << random.below(8))
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
        case 2: bytes.insert(contentsOf: Array(#"],[}{:"0-e1"#.utf8)[..<(1 + random.below(11))], at: place)
        case 3:
            // A digit or a letter for another one: it often stays valid JSON.
            let places = bytes.indices.filter { bytes[$0] >= 0x30 && bytes[$0] < 0x3A }
            bytes[places[random.below(places.count)]] = UInt8(0x30 + random.below(10))
        default:
            let end = min(bytes.count, place + random.below(40))
            let other = random.below(bytes.count)
            bytes.insert(contentsOf: Array(bytes[place..<end]), at: other)
        }
    }
}

/// A small random-number generator, the same everywhere.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(max(limit, 1)))
    }
}
