import LatheFiles
import LatheTokenizers
import Testing

/// Ids are those of transformers 5.24 (`AutoTokenizer`) for the same files.
@Suite("Tokens that files name, and how they are looked for")
struct AddedTokenTests {
    private static let words = TokenizerTests.words
    private static let bytes = ["<pad>", "<s>", "</s>", "<unk>", "<mask>", "a", "b", "Ġ", "ab", "<|endoftext|>"]

    private func ids(_ text: String, _ files: [String: String]) throws -> [Int32] {
        try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0).encode(text).ids }
    }

    /// The ids of a BERT tokenizer with these settings.
    private func bert(_ text: String, _ settings: String, _ files: [String: String] = [:]) throws -> [Int32] {
        let own = [
            "vocab.txt": Self.words.joined(separator: "\n") + "\n",
            "tokenizer_config.json": #"{"tokenizer_class": "BertTokenizer"\#(settings)}"#,
        ]
        return try ids(text, own.merging(files) { $1 })
    }

    /// The ids of a tokenizer of bytes.
    private func pairs(_ text: String, _ name: String, _ settings: String = "", _ files: [String: String] = [:]) throws
        -> [Int32]
    {
        let own = [
            "vocab.json": JSONValue.object(Self.bytes.enumerated().map { .init($1, .integer($0)) }).text(),
            "merges.txt": "#version: 0.2\na b\n",
            "tokenizer_config.json": #"{"tokenizer_class": "\#(name)"\#(settings)}"#,
        ]
        return try ids(text, own.merging(files) { $1 })
    }

    private static func mask(_ flags: String) -> String { #"{"__type": "AddedToken", "content": "[MASK]"\#(flags)}"# }

    static let flagged: [(String, String, [Int32])] = [
        ("", "the[MASK]cat", [2, 5, 4, 6, 3]), ("", "the[mask]cat", [2, 5, 1, 1, 1, 6, 3]),
        (#", "single_word": true"#, "the[MASK]cat", [2, 5, 1, 1, 1, 6, 3]),
        (#", "single_word": true"#, "the [MASK] cat", [2, 5, 4, 6, 3]),
        (#", "single_word": true"#, "[MASK]s", [2, 1, 1, 1, 1, 3]),
        (#", "lstrip": true"#, "the [MASK] cat", [2, 5, 4, 6, 3]),
        (#", "normalized": true"#, "the[mask]cat", [2, 5, 4, 6, 3]),
        (#", "normalized": false"#, "the[mask]cat", [2, 5, 1, 1, 1, 6, 3]),
    ]

    @Test("A role's token that is an object is looked for as the object says", arguments: flagged)
    func role(_ flags: String, _ text: String, _ expected: [Int32]) throws {
        #expect(try bert(text, #", "mask_token": \#(Self.mask(flags))"#) == expected)
    }

    @Test("So is a token of added_tokens_decoder, whatever its role", arguments: flagged)
    func numbered(_ flags: String, _ text: String, _ expected: [Int32]) throws {
        let tokens = Self.words.prefix(4).enumerated().map {
            #""\#($0)": {"content": "\#($1)", "special": true, "normalized": false}"#
        }
        let mask =
            #""4": {"content": "[MASK]", "special": true, "normalized": \#(flags.contains(#""normalized": true"#))"#
            + (flags.contains("normalized") ? "" : flags) + "}"
        #expect(
            try bert(
                text,
                #", "mask_token": "[MASK]", "added_tokens_decoder": {\#((tokens + [mask]).joined(separator: ", "))}"#)
                == expected)
    }

    @Test(
        "An object for a token that the vocabulary lacks adds it",
        arguments: [
            (#", "mask_token": {"content": "<m>"}"#, "the<m>cat[MASK]", [2, 5, 14, 6, 1, 1, 1, 3]),
            (#", "mask_token": {"content": "<m>", "lstrip": true, "rstrip": true}"#, "the <m> cat", [2, 5, 14, 6, 3]),
            (#", "unk_token": {"content": "cat"}"#, "dog", [2, 6, 3]),
            (#", "cls_token": {"content": "sat"}"#, "dog sat", [8, 1, 8, 3]),
        ] as [(String, String, [Int32])])
    func objects(_ settings: String, _ text: String, _ expected: [Int32]) throws {
        #expect(try bert(text, settings) == expected)
    }

    @Test("special_tokens_map.json says so, too")
    func map() throws {
        let map =
            #"{"mask_token": {"content": "<m>", "lstrip": false, "rstrip": false, "single_word": true, "normalized": false}}"#
        #expect(try bert("the<m>cat <m>", "", ["special_tokens_map.json": map]) == [2, 5, 1, 1, 1, 6, 14, 3])
    }

    @Test(
        "Of tokens that begin alike the longest is found, and one within a word splits it",
        arguments: [
            (#", "additional_special_tokens": ["<a>", "<a>b"]"#, "the<a>b <a>", [2, 5, 15, 14, 3]),
            (#", "additional_special_tokens": ["cat"]"#, "thecats", [2, 5, 6, 1, 3]),
            (
                #", "extra_special_tokens": {"a_token": "<a>", "b_token": "<ab>"}"#, "the<a>cat <ab>",
                [2, 5, 14, 6, 15, 3]
            ), (#", "additional_special_tokens": []"#, "the cat", [2, 5, 6, 3]),
        ] as [(String, String, [Int32])])
    func several(_ settings: String, _ text: String, _ expected: [Int32]) throws {
        #expect(try bert(text, settings) == expected)
    }

    @Test(
        "Beside vocab.json and merges.txt the files add tokens as well",
        arguments: ["RobertaTokenizer", "GPT2Tokenizer"])
    func byteLevel(_ name: String) throws {
        func around(_ ids: [Int32]) -> [Int32] { name == "RobertaTokenizer" ? [1] + ids + [2] : ids }
        #expect(try pairs("ab<ent>ab", name) == around([8, 8]))
        #expect(try pairs("ab<ent>ab", name, #", "additional_special_tokens": ["<ent>"]"#) == around([8, 10, 8]))
        #expect(try pairs("ab<ent>ab", name, #", "extra_special_tokens": {"x": "<ent>"}"#) == around([8, 10, 8]))
        #expect(try pairs("ab<ent>ab", name, "", ["added_tokens.json": #"{"<ent>": 10}"#]) == around([8, 10, 8]))
        #expect(
            try pairs("ab<ent>ab", name, "", ["special_tokens_map.json": #"{"additional_special_tokens": ["<ent>"]}"#])
                == around([8, 10, 8]))
        let numbered =
            #", "added_tokens_decoder": {"10": {"content": "<ent>", "lstrip": true, "normalized": false, "special": true}}"#
        #expect(try pairs("ab <ent> ab", name, numbered) == around([8, 10, 7, 8]))
    }

    @Test(
        "RoBERTa's mask takes the space before it only if a file says so",
        arguments: [
            ("", [:], [1, 5, 7, 4, 6, 2]), (#", "mask_token": "<mask>""#, [:], [1, 5, 7, 4, 6, 2]),
            (#", "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": true}"#, [:], [1, 5, 4, 6, 2]),
            (
                "", ["special_tokens_map.json": #"{"mask_token": {"content": "<mask>", "lstrip": true}}"#],
                [1, 5, 4, 6, 2]
            ),
            (
                #", "mask_token": "<mask>", "added_tokens_decoder": {"4": {"content": "<mask>", "lstrip": true, "special": true}}"#,
                [:], [1, 5, 4, 6, 2]
            ),
            (
                #", "mask_token": "<mask>", "added_tokens_decoder": {"4": {"content": "<mask>", "lstrip": false, "special": true}}"#,
                [:], [1, 5, 7, 4, 6, 2]
            ),
        ] as [(String, [String: String], [Int32])])
    func mask(_ settings: String, _ files: [String: String], _ expected: [Int32]) throws {
        #expect(try pairs("a <mask>b", "RobertaTokenizer", settings, files) == expected)
    }

    @Test("GPT-2 has none of the tokens of other classes unless a file names them")
    func foreignRoles() throws {
        #expect(try pairs("a <mask>b", "GPT2Tokenizer") == [5, 7, 5, 6])
        #expect(try pairs("a <mask>b", "GPT2Tokenizer", #", "mask_token": "<mask>""#) == [5, 7, 4, 6])
    }

    @Test(
        "BERT's settings decide accents, case and Chinese characters, whatever tokenizer.json says",
        arguments: [
            (#", "strip_accents": false"#, [2, 1, 6, 3], [2, 5, 3], [2, 13, 1, 13, 3]),
            (#", "strip_accents": true, "do_lower_case": false"#, [2, 5, 6, 3], [2, 1, 3], [2, 13, 1, 13, 3]),
            (#", "strip_accents": false, "do_lower_case": false"#, [2, 1, 6, 3], [2, 1, 3], [2, 13, 1, 13, 3]),
            (#", "do_lower_case": false"#, [2, 1, 6, 3], [2, 1, 3], [2, 13, 1, 13, 3]),
            (#", "tokenize_chinese_chars": false"#, [2, 5, 6, 3], [2, 5, 3], [2, 1, 3]),
            (#", "strip_accents": null"#, [2, 5, 6, 3], [2, 5, 3], [2, 13, 1, 13, 3]),
        ] as [(String, [Int32], [Int32], [Int32])])
    func normalizer(_ settings: String, _ accents: [Int32], _ upper: [Int32], _ chinese: [Int32]) throws {
        let vocabulary = JSONValue.object(Self.words.enumerated().map { .init($1, .integer($0)) }).text()
        for own in ["true", "false"] {
            let normalizer =
                #"{"type": "BertNormalizer", "lowercase": \#(own), "strip_accents": \#(own), "handle_chinese_chars": \#(own), "clean_text": true}"#
            let json =
                #"{"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": \#(vocabulary)}, "normalizer": \#(normalizer), "pre_tokenizer": {"type": "BertPreTokenizer"}}"#
            for (text, expected) in [("thé cat", accents), ("THE", upper), ("e中e", chinese)] {
                #expect(try bert(text, settings, ["tokenizer.json": json]) == expected, "\(text), \(own)")
            }
        }
    }

    @Test(
        "RoBERTa's and GPT-2's settings decide on the space before texts",
        arguments: [
            ("RobertaTokenizer", "", [1, 8, 7, 8, 2]),
            ("RobertaTokenizer", #", "add_prefix_space": true"#, [1, 7, 8, 7, 8, 2]), ("GPT2Tokenizer", "", [8, 7, 8]),
            ("GPT2Tokenizer", #", "add_prefix_space": true"#, [7, 8, 7, 8]),
        ] as [(String, String, [Int32])])
    func prefixSpace(_ name: String, _ settings: String, _ expected: [Int32]) throws {
        #expect(try pairs("ab ab", name, settings) == expected)
    }

    @Test(
        "GPT-2's settings put tokens around texts, and around an empty one",
        arguments: [
            (#", "add_bos_token": true"#, [9, 8], [9]),
            (#", "add_bos_token": true, "add_eos_token": true"#, [9, 8, 9], [9, 9]),
            (#", "add_eos_token": true"#, [8, 9], [9]),
        ] as [(String, [Int32], [Int32])])
    func ends(_ settings: String, _ text: [Int32], _ empty: [Int32]) throws {
        #expect(try pairs("ab", "GPT2Tokenizer", settings) == text)
        #expect(try pairs("", "GPT2Tokenizer", settings) == empty)
    }
}
