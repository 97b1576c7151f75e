import Foundation
import LatheFiles
import LatheModels
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCommandLine

/// Right are the tokens and the vectors of sentence-transformers 6.2.
@Suite("lathe embed with the files of sentence-transformers")
struct EmbedCommandTests {
    private let models: TinyModels
    private static let long = Array(repeating: "the film was good", count: 10).joined(separator: " ")

    init() throws {
        models = try TinyModels()
        try models.encoder("e")
    }

    private struct Result {
        var code: Int32
        var errors: String
        var tokens: [[Int]] = []
        var vectors: [[Double]] = []
    }

    /// The vectors of texts.
    private func embed(_ texts: [String] = ["the film"], _ flags: String = "", model: String = "e") throws -> Result {
        try models.file("texts.txt", texts.joined(separator: "\n"))
        let transcript = Transcript(),
            code = transcript.run("embed --model \(models.path(model)) --texts \(models.path("texts.txt")) \(flags)")
        let lines = try transcript.output.split(separator: "\n").map { try StrictJSON.parse(String($0)) }
        return Result(
            code: code, errors: transcript.errors,
            tokens: lines.map { $0["tokens"]?.array?.compactMap(\.integer) ?? [] },
            vectors: lines.map { $0["embedding"]?.array?.compactMap(\.double) ?? [] })
    }

    private func ids(_ words: String) -> [Int] {
        words.split(separator: " ").compactMap { word in TinyModels.words.firstIndex { $0 == word } }
    }

    private func write(modules: [(type: String, path: String)], in directory: String = "e") throws {
        let list = modules.enumerated().map { index, module in
            #"{"idx": \#(index), "name": "\#(index)", "path": "\#(module.path)", "type": "sentence_transformers.models.\#(module.type)"}"#
        }
        try models.file(directory + "/modules.json", "[" + list.joined(separator: ", ") + "]")
    }

    // MARK: Prompts

    @Test(
        "The usual prompt stands before each text, another one or none by its name",
        arguments: [
            ("", "the movie the film"), ("--prompt document", "the film"), ("--prompt query", "the movie the film"),
            ("--prompt long", "so very the film"),
        ])
    func prompts(_ flags: String, _ words: String) throws {
        try models.file(
            "e/config_sentence_transformers.json",
            #"{"prompts": {"query": "the movie ", "document": "", "long": "so very "}, "default_prompt_name": "query"}"#
        )
        #expect(try embed(["the film"], flags).tokens == [ids("[CLS] \(words) [SEP]")])
    }

    @Test("Prompts without a usual one do nothing, and a null is none")
    func noUsualPrompt() throws {
        for text in [
            #"{"prompts": {"query": "so "}}"#, #"{"prompts": {"query": "so "}, "default_prompt_name": null}"#, "{}",
        ] {
            try models.file("e/config_sentence_transformers.json", text)
            #expect(try embed().tokens == [ids("[CLS] the film [SEP]")])
        }
        try models.file(
            "e/config_sentence_transformers.json", #"{"prompts": {"query": "so "}, "default_prompt_name": "other"}"#)
        #expect(try embed().code == 1)
    }

    // MARK: Lengths

    @Test(
        "Texts are as long as max_seq_length says, or else model_max_length, or else the model",
        arguments: [
            (8, nil, "", 8), (nil, 10, "", 10), (8, 10, "", 8), (12, 10, "", 12), (nil, nil, "", 24),
            (8, 10, "--max-length 20", 20), (nil, 1000, "", 24), (24, nil, "", 24),
        ] as [(Int?, Int?, String, Int)])
    func lengths(_ sequence: Int?, _ tokenizer: Int?, _ flags: String, _ expected: Int) throws {
        if let sequence {
            try models.file("e/sentence_bert_config.json", #"{"max_seq_length": \#(sequence), "do_lower_case": false}"#)
        }
        if let tokenizer {
            try models.file(
                "e/tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer", "model_max_length": \#(tokenizer)}"#)
        }
        let result = try embed([Self.long], flags)
        #expect(result.tokens.map(\.count) == [expected] && result.errors.isEmpty, "\(result.errors)")
    }

    @Test(
        "A max_seq_length that the model does not have is noted with its file, unless another length is asked for",
        arguments: [
            "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json",
        ])
    func tooLong(_ name: String) throws {
        try models.file("e/" + name, #"{"max_seq_length": 25}"#)
        let result = try embed([Self.long])
        #expect(result.code == 0 && result.tokens.map(\.count) == [24])
        let note =
            "note: \(models.path("e"))/\(name): max_seq_length is 25, and the model takes 24 tokens; longer texts are cut to 24"
        #expect(result.errors.contains(note), "\(result.errors)")
        #expect(try embed([Self.long], "--max-length 24").errors.isEmpty)
    }

    @Test("A max_seq_length that is none is an error that names it", arguments: ["0", "-1", #""8""#, "8.5"])
    func wrongLength(_ value: String) throws {
        try models.file("e/sentence_bert_config.json", #"{"max_seq_length": \#(value)}"#)
        let result = try embed()
        #expect(
            result.code == 1 && result.errors.contains("sentence_bert_config.json: max_seq_length: "),
            "\(result.errors)")
    }

    @Test(
        "Texts are put in lower case by either file",
        arguments: [(true, false, true), (false, true, true), (false, false, false), (true, true, true)])
    func lowerCase(_ sentence: Bool, _ tokenizer: Bool, _ isLower: Bool) throws {
        try models.file("e/sentence_bert_config.json", #"{"do_lower_case": \#(sentence)}"#)
        try models.file(
            "e/tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer", "do_lower_case": \#(tokenizer)}"#)
        #expect(try embed(["The FILM"]).tokens == [ids(isLower ? "[CLS] the film [SEP]" : "[CLS] [UNK] [UNK] [SEP]")])
    }

    // MARK: Modules

    @Test("The first token's vector is that of a text alone, scaled if a module says so", arguments: [false, true])
    func firstToken(normalizes: Bool) throws {
        try models.file(
            "e/1_Pooling/config.json",
            #"{"word_embedding_dimension": 16, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#)
        try write(
            modules: [("Transformer", ""), ("Pooling", "1_Pooling")]
                + (normalizes ? [("Normalize", "2_Normalize")] : []))
        let network = try #require(
            PretrainedModel(directory: models.path("e"), for: .embeddingTexts).network as? BertModel)
        let tokens = ids("[CLS] the film [SEP]").map(Int32.init)
        var first = withInference { network(Tensor(tokens, shape: [1, 4])).hidden }.floatArray.prefix(16).map {
            Double($0)
        }
        if normalizes {
            let length = first.map { $0 * $0 }.reduce(0, +).squareRoot()
            first = first.map { $0 / length }
        }
        let vector = try embed(["the film", Self.long]).vectors[0]
        #expect(zip(vector, first).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test(
        "A module that Lathe does not have stops the command, with the module's name",
        arguments: ["Dense", "LayerNorm", "CNN", "WeightedLayerPooling", "Router"])
    func unsupported(_ type: String) throws {
        try write(modules: [("Transformer", ""), ("Pooling", ""), (type, "2_\(type)")])
        try models.makeDirectory("e/2_\(type)")
        let result = try embed()
        #expect(result.code == 1 && result.errors.contains("\(type) (2_\(type)) is not supported"), "\(result.errors)")
    }

    @Test(
        "A model in a directory of its own is found, with the tokenizer and the settings beside it",
        arguments: ["0_Transformer", "model", "parts/encoder"])
    func ownDirectory(_ path: String) throws {
        let whole = try embed().vectors
        try models.encoder("old/" + path)
        try models.file("old/\(path)/sentence_bert_config.json", #"{"max_seq_length": 3}"#)
        try models.file("old/config.json", #"{"__version__": "0.2.5"}"#)
        try models.file("old/1_Pooling/config.json", #"{"pooling_mode_mean_tokens": true}"#)
        try write(modules: [("Transformer", path), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")], in: "old")
        let result = try embed(["the film"], model: "old")
        #expect(result.tokens == [ids("[CLS] the [SEP]")], "\(result.errors)")
        try models.file("old/\(path)/sentence_bert_config.json", "{}")
        #expect(try embed(["the film"], model: "old").vectors == whole)
    }

    @Test("A directory that modules.json names and that holds no model is named")
    func emptyDirectory() throws {
        try models.makeDirectory("old/0_Transformer")
        try write(modules: [("Transformer", "0_Transformer")], in: "old")
        let result = try embed(["the film"], model: "old")
        #expect(result.code == 1 && result.errors.contains("0_Transformer"), "\(result.errors)")
    }

    @Test("The body of a model with a head gives the vectors of the body alone", arguments: [false, true])
    func heads(predictsWords: Bool) throws {
        if predictsWords { try models.maskedWords("h") } else { try models.bert("h") }
        let network = try PretrainedModel(directory: models.path("h")).network
        let body = try #require(
            (network as? BertForMaskedLM)?.bert ?? (network as? BertForSequenceClassification)?.bert)
        let tokens = ids("[CLS] the film [SEP]").map(Int32.init),
            hidden = withInference { body(Tensor(tokens, shape: [1, 4])).hidden }.floatArray
        var mean = (0..<16).map { column in (0..<4).reduce(0.0) { $0 + Double(hidden[$1 * 16 + column]) } }
        let length = mean.map { $0 * $0 }.reduce(0, +).squareRoot()
        mean = mean.map { $0 / length }
        let vector = try #require(try embed(["the film"], model: "h").vectors.first)
        #expect(zip(vector, mean).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}
