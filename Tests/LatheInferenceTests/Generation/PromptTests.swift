import LatheInference
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTokenizers
import Testing

/// transformers gives a model all that the tokenizer makes of a prompt, special tokens included, and up to as many
/// tokens as the model has positions.
@Suite("Prompts with the tokens around them, up to the last position")
struct PromptTests {
    private let models: TinyModels
    private static let end = TinyModels.endToken

    init() throws { models = try TinyModels() }

    /// The tokenizer of bytes with a post-processor.
    private func tokenizer(_ processor: String) throws -> Tokenizer {
        let directory = try models.byteTokenizer("t"),
            vocabulary = String(decoding: try models.bytes("t/vocab.json"), as: UTF8.self)
        try models.file(
            "t/tokenizer_config.json", #"{"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>"}"#)
        try models.file(
            "t/tokenizer.json",
            """
            {"model": {"type": "BPE", "vocab": \(vocabulary), "merges": []}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "decoder": {"type": "ByteLevel"}, "post_processor": \(processor),
             "added_tokens": [{"id": \(Self.end), "content": "<|endoftext|>", "special": true, "normalized": false}]}
            """)
        return try Tokenizer(directory: directory)
    }

    private static func template(_ single: String) -> String {
        let parts = single.split(separator: " ").map { part in
            part == "$"
                ? #"{"Sequence": {"id": "A", "type_id": 0}}"# : #"{"SpecialToken": {"id": "\#(part)", "type_id": 0}}"#
        }
        let pair = #"[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]"#
        let tokens =
            #""<|endoftext|>": {"id": "<|endoftext|>", "ids": [\#(end)], "tokens": ["<|endoftext|>"]}, "a": {"id": "a", "ids": [97], "tokens": ["a"]}"#
        return
            #"{"type": "TemplateProcessing", "single": [\#(parts.joined(separator: ", "))], "pair": \#(pair), "special_tokens": {\#(tokens)}}"#
    }

    @Test(
        "A model gets what the tokenizer's template puts around the prompt",
        arguments: [
            ("<|endoftext|> $", [end, 120, 121], [end]), ("<|endoftext|> a $", [end, 97, 120, 121], [end, 97]),
            ("a $", [97, 120, 121], [97]),
            ("$ <|endoftext|>", [120, 121, end], [end]),
            ("<|endoftext|> $ <|endoftext|>", [end, 120, 121, end], [end, end]), ("$", [120, 121], [end]),
        ] as [(String, [Int32], [Int32])])
    func templates(_ template: String, _ ids: [Int32], _ empty: [Int32]) throws {
        let model = TableModel(vocabularySize: TinyModels.byteTokenCount, next: [:]),
            generator = TextGenerator(model, try tokenizer(Self.template(template)))
        #expect(try generator.promptTokens("xy") == ids)
        #expect(try generator.promptTokens("") == empty)
        #expect(try generator.generate("xy", maxTokens: 1).promptTokenCount == ids.count)
    }

    @Test(
        "Other processors put their tokens around the prompt as well, or none",
        arguments: [
            (
                #"{"type": "RobertaProcessing", "sep": ["a", 97], "cls": ["<|endoftext|>", \#(end)], "trim_offsets": true, "add_prefix_space": false}"#,
                [end, 120, 121, 97]
            ),
            (#"{"type": "BertProcessing", "sep": ["a", 97], "cls": ["b", 98]}"#, [98, 120, 121, 97]),
            (#"{"type": "ByteLevel", "trim_offsets": true}"#, [120, 121]), ("null", [120, 121]),
            (
                #"{"type": "Sequence", "processors": [{"type": "ByteLevel", "trim_offsets": true}, \#(template("<|endoftext|> $"))]}"#,
                [end, 120, 121]
            ),
        ] as [(String, [Int32])])
    func processors(_ processor: String, _ ids: [Int32]) throws {
        let model = TableModel(vocabularySize: TinyModels.byteTokenCount, next: [:])
        #expect(try TextGenerator(model, tokenizer(processor)).promptTokens("xy") == ids)
    }

    // MARK: All positions

    private func generate(_ prompt: String, _ maxTokens: Int, positions: Int = 6) throws -> TextGenerator.Result {
        if !models.exists("g/config.json") { try models.gpt2("g", positionCount: positions) }
        let network = try #require(PretrainedModel(directory: models.path("g")).network as? GPT2LMHeadModel)
        var settings = GenerationSettings()
        settings.ends = []
        return try TextGenerator(network, Tokenizer(directory: models.path("g")), settings: settings).generate(
            prompt, maxTokens: maxTokens)
    }

    @Test(
        "A prompt leaves as many tokens as there are positions behind it, and one more",
        arguments: [("abcdef", 1), ("abcde", 2), ("abcd", 3), ("a", 6)])
    func positions(_ prompt: String, _ count: Int) throws {
        let result = try generate(prompt, 20)
        #expect(
            result.tokens.count == count && result.reason == .contextFull && result.promptTokenCount == prompt.count)
        let asked = try generate(prompt, count)
        #expect(asked.tokens == result.tokens && asked.reason == .limit)
    }

    @Test("The token of a prompt that fills all positions is the likeliest behind it")
    func last() throws {
        let token = try #require(generate("abcdef", 1).tokens.first)
        let network = try #require(PretrainedModel(directory: models.path("g")).network as? GPT2LMHeadModel)
        let ids = Array("abcdef".utf8).map(Int32.init)
        let logits = withInference { network(TokenBatch(Tensor(ids, shape: [1, 6]))).selected(0).selected(5) }
        #expect(token == logits.argmax().int32Array[0])
    }

    @Test("A longer prompt is an error with both numbers", arguments: [7, 30])
    func tooLong(_ count: Int) throws {
        #expect(throws: GenerationError.promptTooLong(tokens: count, limit: 6)) {
            try generate(String(repeating: "a", count: count), 1)
        }
    }
}
