import LatheFiles
import LatheTokenizers
import Testing

@Suite("The tokenizer's class in transformers")
struct TokenizerClassTests {
    private static let words = TokenizerTests.words

    /// A `tokenizer.json` of WordPiece that puts nothing around texts and changes no case.
    private static let pieces = """
        {"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": \(table(words))}, "pre_tokenizer": {"type": "WhitespaceSplit"}, "normalizer": null}
        """
    private static let bytes = ["<pad>", "<s>", "</s>", "<unk>", "<mask>", "a", "b", "Ġ", "ab", "<|endoftext|>"]
    /// A `tokenizer.json` of bytes without a post-processor.
    private static let pairs = """
        {"model": {"type": "BPE", "vocab": \(table(bytes)), "merges": ["a b"]}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true}}
        """

    private static func table(_ tokens: [String]) -> String {
        JSONValue.object(tokens.enumerated().map { .init($1, .integer($0)) }).text()
    }

    private func ids(_ text: String, _ pair: String? = nil, _ files: [String: String]) throws -> [Int32] {
        try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0).encode(text, pair: pair).ids }
    }

    @Test(
        "BERT's classes split, change case and put tokens around texts in their own way, whatever tokenizer.json says",
        arguments: [
            #"{"tokenizer_class": "BertTokenizer"}"#, #"{"tokenizer_class": "DistilBertTokenizerFast"}"#,
        ])
    func bert(_ settings: String) throws {
        #expect(
            try ids("The CATS.", nil, ["tokenizer.json": Self.pieces, "tokenizer_config.json": settings]) == [
                2, 5, 6, 7, 9, 3,
            ])
        #expect(
            try ids("the", "cat", ["tokenizer.json": Self.pieces, "tokenizer_config.json": settings]) == [
                2, 5, 3, 6, 3,
            ])
    }

    @Test("Other classes go by tokenizer.json")
    func others() throws {
        for name in ["PreTrainedTokenizerFast", "TokenizersBackend", "MyTokenizer"] {
            let files = ["tokenizer.json": Self.pieces, "tokenizer_config.json": #"{"tokenizer_class": "\#(name)"}"#]
            #expect(try ids("the CATS.", nil, files) == [5, 1], "\(name)")
        }
    }

    @Test(
        "Where the tokenizer's files name no class, it is that of the model",
        arguments: [
            (#"{"model_type": "bert"}"#, [2, 5, 3]), (#"{"model_type": "distilbert"}"#, [2, 5, 3]),
            (#"{"tokenizer_class": "BertTokenizer"}"#, [2, 5, 3]),
            (#"{"model_type": "bert", "tokenizer_class": "PreTrainedTokenizerFast"}"#, [5]), ("{}", [5]), ("[", [5]),
        ] as [(String, [Int32])])
    func ofModel(_ config: String, _ expected: [Int32]) throws {
        #expect(try ids("the", nil, ["tokenizer.json": Self.pieces, "config.json": config]) == expected)
    }

    @Test(
        "The tokens around texts are those that the settings name, and become tokens if the vocabulary lacks them",
        arguments: [
            (#""cls_token": "[SEP]""#, [3, 5, 3]), (#""cls_token": "cat""#, [6, 5, 3]),
            (#""sep_token": "<end>""#, [2, 5, 14]),
            (#""sep_token": "<end>", "cls_token": "<begin>", "extra_special_tokens": ["<x>"]"#, [15, 5, 14]),
        ] as [(String, [Int32])])
    func around(_ roles: String, _ expected: [Int32]) throws {
        #expect(
            try ids(
                "the", nil,
                [
                    "tokenizer.json": Self.pieces,
                    "tokenizer_config.json": #"{"tokenizer_class": "BertTokenizer", \#(roles)}"#,
                ]) == expected)
    }

    @Test("A token with a role is found in texts, and the one for unknown words is that of the settings")
    func roles() throws {
        let files = [
            "tokenizer.json": Self.pieces,
            "tokenizer_config.json": #"{"tokenizer_class": "BertTokenizer", "unk_token": "cat", "mask_token": "sat"}"#,
        ]
        #expect(try ids("dog thesats", nil, files) == [2, 6, 5, 8, 1, 3].map { $0 == 1 ? 6 : $0 })
    }

    @Test(
        "RoBERTa's class puts its tokens around texts and spaces before them by its settings",
        arguments: [
            (#"{"tokenizer_class": "RobertaTokenizer"}"#, [1, 8, 2]),
            (#"{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}"#, [1, 7, 8, 2]),
            (#"{"tokenizer_class": "RobertaTokenizerFast", "cls_token": "a", "sep_token": "b"}"#, [5, 5, 6, 6]),
        ] as [(String, [Int32])])
    func roberta(_ settings: String, _ expected: [Int32]) throws {
        #expect(try ids("ab", nil, ["tokenizer.json": Self.pairs, "tokenizer_config.json": settings]) == expected)
    }

    @Test("GPT-2's class puts a token before texts where there is no tokenizer.json and the settings ask for it")
    func beginning() throws {
        let settings = #"{"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true}"#
        let old = ["vocab.json": Self.table(Self.bytes), "merges.txt": "a b\n", "tokenizer_config.json": settings]
        #expect(try ids("ab", nil, old) == [9, 8])
        #expect(try ids("ab", "b", old) == [9, 8, 9, 6])
        #expect(try ids("ab", nil, ["tokenizer.json": Self.pairs, "tokenizer_config.json": settings]) == [8])
    }

    @Test(
        "A class that does not go with the vocabulary is refused by name",
        arguments: [
            (pieces, "RobertaTokenizer"), (pieces, "GPT2TokenizerFast"), (pairs, "BertTokenizer"),
            (pairs, "DistilBertTokenizer"),
        ])
    func mismatch(_ json: String, _ name: String) {
        let files = ["tokenizer.json": json, "tokenizer_config.json": #"{"tokenizer_class": "\#(name)"}"#]
        let error = #expect(throws: TokenizerError.self) { try ids("ab", nil, files) }
        #expect(
            error.map { "\($0)".contains("tokenizer_config.json: tokenizer_class: \(name) for a vocabulary of ") }
                == true)
    }

    @Test(
        "A token that the class cannot do without is named if it is empty, or unknown to the vocabulary",
        arguments: [
            ("cls_token", ""), ("sep_token", ""), ("unk_token", "<nowhere>"), ("unk_token", ""),
        ])
    func missing(_ role: String, _ token: String) {
        let files = [
            "tokenizer.json": Self.pieces,
            "tokenizer_config.json": #"{"tokenizer_class": "BertTokenizer", "\#(role)": "\#(token)"}"#,
        ]
        let error = #expect(throws: TokenizerError.self) { try ids("the", nil, files) }
        #expect(error.map { "\($0)".contains("tokenizer_config.json: \(role): ") } == true)
    }

    @Test("Special tokens in a text are split like words if the settings say so")
    func splitting() throws {
        let json =
            Self.pieces.dropLast()
            + #", "added_tokens": [{"id": 3, "content": "[SEP]", "special": true}, {"id": 6, "content": "cat", "special": false}]}"#
        func found(_ splits: Bool) throws -> [Int32] {
            let settings = #"{"tokenizer_class": "BertTokenizer", "split_special_tokens": \#(splits)}"#
            let options = TokenizerOptions(addSpecialTokens: false),
                files = ["tokenizer.json": String(json), "tokenizer_config.json": settings]
            return try TokenizerFixture.withDirectory(files) {
                try Tokenizer(directory: $0).encode("cat[SEP]", options: options).ids
            }
        }
        #expect(try found(false) == [6, 3])
        #expect(try found(true).first == 6 && !found(true).contains(3))
    }

    @Test(
        "Tokens have types unless the class or model_input_names leaves them out",
        arguments: [
            (#"{"tokenizer_class": "BertTokenizer"}"#, true), (#"{"tokenizer_class": "DistilBertTokenizer"}"#, false),
            (#"{"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids", "attention_mask"]}"#, false),
            (
                #"{"tokenizer_class": "DistilBertTokenizer", "model_input_names": ["input_ids", "token_type_ids"]}"#,
                true
            ),
            (#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, false), ("{}", true),
        ])
    func types(_ settings: String, _ hasTypes: Bool) throws {
        let files = ["tokenizer.json": Self.pieces, "tokenizer_config.json": settings]
        let encoding = try TokenizerFixture.withDirectory(files) {
            try Tokenizer(directory: $0).encode("the", pair: "cat")
        }
        #expect(encoding.typeIDs.contains(1) == hasTypes)
    }
}
