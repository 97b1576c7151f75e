import LatheFiles
import LatheInference
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTokenizers
import Testing

@Suite("Going on with a text")
struct TextGeneratorTests {
    private static func tokenizer() throws -> Tokenizer {
        let models = try TinyModels()
        return try Tokenizer(directory: models.byteTokenizer("t"))
    }

    /// A model that says `text` and then ends.
    private static func model(saying text: String, longestSequence: Int = 64) -> TableModel {
        TableModel(
            saying: text.utf8.map(Int32.init) + [TinyModels.endToken], vocabularySize: TinyModels.byteTokenCount,
            longestSequence: longestSequence)
    }

    @Test("The text ends where the model ends it, without the token that says so")
    func endOfText() throws {
        var pieces: [String] = []
        let result = try TextGenerator(Self.model(saying: "xaé!"), Self.tokenizer()).generate("x", maxTokens: 40) {
            pieces.append($0); return true
        }
        #expect(result.text == "aé!")
        #expect(result.tokens == [0x61, 0xC3, 0xA9, 0x21])
        #expect(result.promptTokenCount == 1)
        #expect(result.reason == .endOfText)
        #expect(pieces == ["a", "é", "!"])
    }

    @Test("The text ends after as many tokens as are asked for, and a character that is not complete is told so")
    func limit() throws {
        let result = try TextGenerator(Self.model(saying: "xaé!"), Self.tokenizer()).generate("x", maxTokens: 2)
        #expect(result.reason == .limit)
        #expect(result.tokens == [0x61, 0xC3])
        #expect(result.text == "a\u{FFFD}")
    }

    @Test("The text ends when the model has no further position, exactly")
    func contextFull() throws {
        let model = Self.model(saying: "abcdefghij", longestSequence: 6)
        let result = try TextGenerator(model, Self.tokenizer()).generate("ab", maxTokens: 40)
        #expect(result.reason == .contextFull)
        // The last token needs no position: nothing follows it.
        #expect(result.text == "cdefg")
        let asked = try TextGenerator(model, Self.tokenizer()).generate("ab", maxTokens: 5)
        #expect(asked.reason == .limit)
        #expect(asked.text == "cdefg")
    }

    @Test("The caller may stop after any piece")
    func stopped() throws {
        let result = try TextGenerator(Self.model(saying: "abcdef"), Self.tokenizer()).generate("a", maxTokens: 40) {
            $0 != "c"
        }
        #expect(result.reason == .stopped)
        #expect(result.text == "bc")
    }

    @Test("An empty prompt begins with the token that begins a text")
    func emptyPrompt() throws {
        let model = TableModel(
            vocabularySize: TinyModels.byteTokenCount, next: [TinyModels.endToken: 0x61, 0x61: TinyModels.endToken])
        let result = try TextGenerator(model, Self.tokenizer()).generate("", maxTokens: 4)
        #expect(result.text == "a")
        #expect(result.promptTokenCount == 1)
    }

    @Test("A prompt may fill all positions, and one that is longer is an error with both numbers")
    func longPrompt() throws {
        let generator = try TextGenerator(Self.model(saying: "abcde", longestSequence: 4), Self.tokenizer())
        #expect(throws: GenerationError.promptTooLong(tokens: 5, limit: 4)) {
            try generator.generate("abcde", maxTokens: 1)
        }
        let full = try generator.generate("abcd", maxTokens: 3)
        #expect(full.text == "e" && full.reason == .contextFull)
    }

    @Test("A text ends at any of the tokens that the settings name, and at no other")
    func ends() throws {
        var settings = GenerationSettings()
        settings.ends = [Int32(UInt8(ascii: "d")), Int32(UInt8(ascii: "f"))]
        let generator = try TextGenerator(Self.model(saying: "abcdef"), Self.tokenizer(), settings: settings)
        let result = try generator.generate("a", maxTokens: 40)
        #expect(result.text == "bc" && result.reason == .endOfText)
    }

    @Test("What the tokenizer puts before a text is given to the model")
    func beginning() throws {
        let models = try TinyModels(), directory = try models.byteTokenizer("t"), end = TinyModels.endToken
        let name = try #require(try Tokenizer(directory: directory).token(for: end))
        let special: JSONValue = ["SpecialToken": ["id": .string(name), "type_id": 0]]
        func text(_ id: String) -> JSONValue { ["Sequence": ["id": .string(id), "type_id": 0]] }
        let vocabulary = try StrictJSON.parse(String(decoding: models.bytes("t/vocab.json"), as: UTF8.self))
        let tokenizer: JSONValue = [
            "model": ["type": "BPE", "vocab": vocabulary, "merges": []],
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
            "decoder": ["type": "ByteLevel"],
            "post_processor": [
                "type": "TemplateProcessing", "single": [special, text("A")], "pair": [special, text("A"), text("B")],
                "special_tokens": .object([
                    .init(name, ["id": .string(name), "ids": [.integer(Int(end))], "tokens": [.string(name)]])
                ]),
            ],
        ]
        try models.file("t/tokenizer.json", tokenizer.text())
        let generator = TextGenerator(Self.model(saying: "abc"), try Tokenizer(directory: directory))
        #expect(try generator.promptTokens("ab") == [end, 0x61, 0x62])
        #expect(try generator.promptTokens("") == [end])
    }

    @Test("A tokenizer with more tokens than the model is an error")
    func foreignTokenizer() throws {
        let generator = TextGenerator(TableModel(vocabularySize: 100, next: [:]), try Self.tokenizer())
        #expect(throws: GenerationError.tokenOutOfRange(token: 0x78, vocabularySize: 100)) {
            try generator.generate("ax", maxTokens: 1)
        }
    }

    @Test("With the cache, a model says what it says when it reads the whole text for each token")
    func cache() throws {
        let models = try TinyModels(), directory = try models.gpt2("g")
        let network = try #require(try PretrainedModel(directory: directory).network as? GPT2LMHeadModel),
            tokenizer = try Tokenizer(directory: directory)
        let result = try TextGenerator(network, tokenizer).generate("in the", maxTokens: 12)
        var ids = try tokenizer.encode("in the").ids
        #expect(ids.count == 2, "the tokenizer merges")
        while ids.count < 14 {
            let logits = withInference {
                network(TokenBatch(Tensor(ids, shape: [1, ids.count]))).selected(0).selected(ids.count - 1)
            }
            ids.append(logits.argmax().int32Array[0])
            if ids.last == TinyModels.endToken { ids.removeLast(); break }
        }
        #expect(result.tokens == Array(ids.dropFirst(2)))
        #expect(result.promptTokenCount == 2)
    }

    @Test("Drawn texts depend on the seed only")
    func seeds() throws {
        let models = try TinyModels(), directory = try models.gpt2("g")
        let network = try #require(try PretrainedModel(directory: directory).network as? GPT2LMHeadModel)
        let generator = TextGenerator(network, try Tokenizer(directory: directory))
        func tokens(_ seed: UInt64) throws -> [Int32] {
            try generator.generate("in", maxTokens: 16, sampling: .init(temperature: 1, seed: seed)).tokens
        }
        #expect(try tokens(1) == tokens(1))
        #expect(try tokens(1) != tokens(2))
    }
}
