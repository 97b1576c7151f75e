import LatheFiles
import LatheTokenizers
import Testing

@Suite("Files beside a tokenizer's vocabulary")
struct TokenizerSettingsTests {
    private static let words = TokenizerTests.words

    /// The vocabulary as `tokenizer.json`.
    private static func json(_ changes: String = "") -> String {
        let vocabulary = JSONValue.object(words.enumerated().map { .init($1, .integer($0)) }).text()
        return """
            {"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": \(vocabulary)}, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "normalizer": {"type": "BertNormalizer", "lowercase": true}\(changes)}
            """
    }

    private func tokens(_ text: String, _ files: [String: String]) throws -> [Int32] {
        try TokenizerFixture.withDirectory(files) {
            try Tokenizer(directory: $0).encode(text, options: TokenizerOptions(addSpecialTokens: false)).ids
        }
    }

    @Test(
        "Any of the files may add tokens, beside either form of vocabulary",
        arguments: [
            ("tokenizer_config.json", #"{"added_tokens_decoder": {"40": {"content": "<ent>", "special": true}}}"#),
            ("tokenizer_config.json", #"{"additional_special_tokens": ["<ent>"]}"#),
            ("tokenizer_config.json", #"{"additional_special_tokens": [{"content": "<ent>", "lstrip": false}]}"#),
            ("tokenizer_config.json", #"{"extra_special_tokens": {"ent_token": "<ent>"}}"#),
            ("tokenizer_config.json", #"{"ent_token": "<ent>"}"#),
            ("special_tokens_map.json", #"{"additional_special_tokens": ["<ent>"]}"#),
            ("added_tokens.json", #"{"<ent>": 14}"#),
        ])
    func added(_ name: String, _ content: String) throws {
        let id = Int32(Self.words.count)
        #expect(try tokens("the <ent> cat", ["tokenizer.json": Self.json(), name: content]) == [5, id, 6])
        #expect(
            try tokens("the <ent> cat", ["vocab.txt": Self.words.joined(separator: "\n"), name: content]) == [5, id, 6])
    }

    @Test("A token that is in the vocabulary keeps its id, and new ones follow in their order")
    func order() throws {
        let files = ["tokenizer.json": Self.json(), "added_tokens.json": #"{"<b>": 16, "<a>": 15, "sat": 8}"#]
        #expect(try tokens("<a><b> sat", files) == [14, 15, 8])
    }

    @Test("A role's token as an object says how it is looked for")
    func flags() throws {
        let files = [
            "vocab.txt": Self.words.joined(separator: "\n"),
            "tokenizer_config.json": #"{"mask_token": {"content": "[MASK]", "lstrip": true}}"#,
        ]
        let tokenizer = try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0) }
        #expect(tokenizer.addedTokens.first { $0.content == "[MASK]" }?.leftStrip == true)
        #expect(tokenizer.specialTokens.mask == 4)
    }

    @Test(
        "The settings of BERT's classes overrule tokenizer.json; other classes go by that file",
        arguments: [
            (#"{"tokenizer_class": "BertTokenizer", "do_lower_case": false}"#, false),
            (#"{"tokenizer_class": "BertTokenizerFast"}"#, true),
            (#"{"do_lower_case": false}"#, false), ("{}", true),
            (#"{"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": false}"#, true),
            (#"{"tokenizer_class": "DistilBertTokenizer", "do_lower_case": false}"#, false),
        ])
    func overruled(_ config: String, _ lowercases: Bool) throws {
        #expect(
            try tokens("The", ["tokenizer.json": Self.json(), "tokenizer_config.json": config]) == [lowercases ? 5 : 1])
    }

    @Test(
        "The longest text is a number of tokens; a huge one means that there is no limit",
        arguments: [
            ("512", 512), ("1000000000000000019884624838656", nil), ("1e30", nil), ("0", nil), ("null", nil),
        ] as [(String, Int?)])
    func longestText(_ value: String, _ expected: Int?) throws {
        let files = ["tokenizer.json": Self.json(), "tokenizer_config.json": #"{"model_max_length": \#(value)}"#]
        #expect(try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0).modelMaxLength } == expected)
    }

    @Test("Another longest text is refused by name", arguments: ["-1", #""512""#, "38.5", "[38]", "true"])
    func wrongLength(_ value: String) {
        let files = ["tokenizer.json": Self.json(), "tokenizer_config.json": #"{"model_max_length": \#(value)}"#]
        let error = #expect(throws: TokenizerError.self) { try tokens("the", files) }
        #expect(error.map { "\($0)".contains("tokenizer_config.json: model_max_length: ") } == true)
    }

    @Test("A decoder that Lathe does not have keeps a tokenizer from decoding only")
    func decoder() throws {
        for type in ["CTC", "Fuse", "Metaspace"] {
            let tokenizer = try Tokenizer(json: Array(Self.json(#", "decoder": {"type": "\#(type)"}"#).utf8))
            #expect(try tokenizer.encode("the cat").ids == [5, 6])
            #expect(throws: TokenizerError.unsupportedDecoder(type)) { try tokenizer.checkDecoder() }
        }
        let sequence = #", "decoder": {"type": "Sequence", "decoders": [{"type": "WordPiece"}]}"#
        let tokenizer = try Tokenizer(json: Array(Self.json(sequence).utf8))
        #expect(tokenizer.decode([5, 6, 7]) == "the cats")
        #expect(throws: Never.self) { try tokenizer.checkDecoder() }
    }

    @Test("An added token stands for its own characters in byte-level text", arguments: ["č", "đem", "ilÖveyou"])
    func bytes(_ word: String) throws {
        let json = """
            {"model": {"type": "BPE", "vocab": {"a": 0, "Ġ": 1}, "merges": []}, "decoder": {"type": "ByteLevel"},
             "added_tokens": [{"id": 2, "content": "\(word)", "normalized": false, "special": false}]}
            """
        #expect(try Tokenizer(json: Array(json.utf8)).decode([0, 2, 1, 0]) == "a\(word) a")
    }

    private static let letters = ["a", "Ġ", "Ã", "©"]

    /// A tokenizer of bytes with an added token, whose id is 4.
    private func byteLevel(_ token: String) throws -> Tokenizer {
        let vocabulary = JSONValue.object(Self.letters.enumerated().map { .init($1, .integer($0)) }).text()
        let json = """
            {"model": {"type": "BPE", "vocab": \(vocabulary), "merges": []}, "decoder": {"type": "ByteLevel"}, "pre_tokenizer": {"type": "ByteLevel"},
             "added_tokens": [{"id": 4, \(token)}]}
            """
        return try Tokenizer(json: Array(json.utf8))
    }

    @Test(
        "It does so whatever kind of token it is, and between the bytes of a character",
        arguments: [
            (#""content": "Ġa", "special": false"#, [0, 4, 0], "aĠaa"),
            (#""content": "<Ö>", "special": false, "lstrip": true, "rstrip": true"#, [0, 4, 1, 0], "a<Ö> a"),
            (#""content": "é", "normalized": true, "special": false"#, [4, 0, 4], "éaé"),
            (#""content": "č", "special": false"#, [2, 4, 3], "\u{FFFD}č\u{FFFD}"),
            (#""content": "👍", "special": false"#, [0, 4], "a👍"),
        ] as [(String, [Int32], String)])
    func kindsOfAddedTokens(_ token: String, _ ids: [Int32], _ text: String) throws {
        #expect(try byteLevel(token).decode(ids) == text)
    }

    @Test("A special token is left out of the text, or stands for itself", arguments: ["<Ö>", "č", "Ġ<s>"])
    func specialBytes(_ content: String) throws {
        let tokenizer = try byteLevel(#""content": "\#(content)", "special": true"#)
        #expect(tokenizer.decode([0, 4, 0]) == "aa")
        #expect(tokenizer.decode([0, 4, 0], skippingSpecialTokens: false) == "a\(content)a")
    }

    @Test(
        "Every decoder of the package tokenizers lets texts be encoded",
        arguments: [
            #"{"type": "BPEDecoder", "suffix": "</w>"}"#, #"{"type": "ByteFallback"}"#,
            #"{"type": "Strip", "content": "_", "start": 1, "stop": 0}"#,
            #"{"type": "Replace", "pattern": {"String": "_"}, "content": " "}"#,
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}"#,
            #"{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"Regex": "_"}, "content": " "}, {"type": "Fuse"}]}"#,
            #"{"type": "Sequence", "decoders": [{"type": "Sequence", "decoders": [{"type": "Fuse"}]}]}"#,
            #"{"type": "Sequence", "decoders": []}"#,
        ])
    func decoders(_ decoder: String) throws {
        let files = ["tokenizer.json": Self.json(#", "decoder": \#(decoder)"#)]
        #expect(try tokens("the cats", files) == [5, 6, 7])
        let tokenizer = try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0) }
        #expect(throws: TokenizerError.self) { try tokenizer.checkDecoder() }
    }

    @Test("A class that decodes in its own way needs no decoder of the file")
    func decoderOfClass() throws {
        let files = [
            "tokenizer.json": Self.json(#", "decoder": {"type": "Fuse"}"#),
            "tokenizer_config.json": #"{"tokenizer_class": "BertTokenizer"}"#,
        ]
        let tokenizer = try TokenizerFixture.withDirectory(files) { try Tokenizer(directory: $0) }
        #expect(throws: Never.self) { try tokenizer.checkDecoder() }
        #expect(tokenizer.decode([5, 6, 7]) == "the cats")
    }
}
