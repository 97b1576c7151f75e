import Foundation
import LatheTestFiles
import Testing

@testable import LatheFiles
@testable import LatheModels

@Suite("Modules of sentence-transformers")
struct SentenceModulesTests {
    private static func modules(_ types: [(type: String, path: String)]) -> String {
        let list = types.enumerated().map {
            #"{"idx": \#($0), "name": "\#($0)", "path": "\#($1.path)", "type": "sentence_transformers.models.\#($1.type)"}"#
        }
        return "[" + list.joined(separator: ", ") + "]"
    }

    private func read(_ files: [String: String]) throws -> (modules: SentenceModules, place: TemporaryDirectory) {
        let place = try TemporaryDirectory()
        for (name, content) in files {
            try FileManager.default.createDirectory(
                atPath: (place.path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try AtomicFile.write(content, to: place.path(name))
        }
        return (try SentenceModules(directory: place.path("")), place)
    }

    private func error(_ files: [String: String], _ prompt: String? = nil) -> String? {
        do { _ = try read(files).modules.prompt(named: prompt) } catch { return "\(error)" }
        return nil
    }

    @Test("Without modules.json, vectors are means of length 1")
    func usual() throws {
        let modules = try read([:]).modules
        #expect(modules.pooling == [.mean] && modules.normalizes && modules.maxLength == nil && !modules.lowercases)
        #expect(try modules.prompt(named: nil) == "")
    }

    @Test(
        "The modules decide how vectors are pooled and scaled, and where the model is",
        arguments: [
            (#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#, [.first]),
            (#"{"pooling_mode": "weightedmean"}"#, [.weightedMean]),
            (#"{"pooling_mode": ["cls", "lasttoken"]}"#, [.first, .last]),
            (#"{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true}"#, [.max, .mean]),
            (#"{"pooling_mode_mean_sqrt_len_tokens": true}"#, [.meanOfSquareRoot]), ("{}", [.mean]),
        ] as [(String, [SentenceModules.Pooling])])
    func pooling(_ config: String, _ expected: [SentenceModules.Pooling]) throws {
        let types = [("Transformer", "0_Transformer"), ("Pooling", "1_Pooling")]
        let (plain, place) = try read(["modules.json": Self.modules(types), "1_Pooling/config.json": config])
        #expect(plain.pooling == expected && !plain.normalizes)
        #expect(plain.transformer.hasSuffix("/0_Transformer") && plain.transformer.hasPrefix(place.path("")))
        let scaled = try read([
            "modules.json": Self.modules(types + [("Normalize", "2_Normalize")]), "1_Pooling/config.json": config,
        ]).modules
        #expect(scaled.normalizes)
    }

    @Test("Lengths, lower case and prompts are those of the files")
    func settings() throws {
        let modules = try read([
            "sentence_roberta_config.json": #"{"max_seq_length": 8, "do_lower_case": true}"#,
            "config_sentence_transformers.json":
                #"{"prompts": {"query": "q: ", "document": ""}, "default_prompt_name": "query"}"#,
        ]).modules
        #expect(modules.maxLength == 8 && modules.lowercases)
        #expect(try modules.prompt(named: nil) == "q: ")
        #expect(try modules.prompt(named: "document") == "")
    }

    @Test("What Lathe does not have is refused by name")
    func refused() {
        let dense = ["modules.json": Self.modules([("Transformer", ""), ("Dense", "2_Dense")])]
        #expect(
            error(dense)?.contains("[1].type: sentence_transformers.models.Dense (2_Dense) is not supported") == true)
        #expect(
            error(["modules.json": Self.modules([("Transformer", "../other")])])?.contains(
                "[0].path: expected a directory beside modules.json") == true)
        let pooling = [
            "modules.json": Self.modules([("Pooling", "1_Pooling")]),
            "1_Pooling/config.json": #"{"pooling_mode": "median"}"#,
        ]
        #expect(error(pooling)?.contains(#"pooling_mode: "median" is not supported"#) == true)
        let prompts = ["config_sentence_transformers.json": #"{"prompts": {"query": "q: "}}"#]
        #expect(error(prompts, "document")?.contains("prompts: there is no document; known are query") == true)
        let excluded = [
            "modules.json": Self.modules([("Pooling", "1_Pooling")]),
            "1_Pooling/config.json": #"{"include_prompt": false}"#,
            "config_sentence_transformers.json": #"{"prompts": {"query": "q: "}}"#,
        ]
        #expect(error(excluded) == nil && error(excluded, "query")?.contains("include_prompt false") == true)
    }

    @Test("Dimensions are kept as the files say, and what would change vectors otherwise is refused by name")
    func width() throws {
        #expect(
            try read(["config_sentence_transformers.json": #"{"truncate_dim": 4, "model_type": "SentenceTransformer"}"#]
            ).modules.width == 4)
        let files = "config_sentence_transformers.json", transformer = "sentence_bert_config.json"
        for (name, field, value) in [
            (files, "truncate_dim", "0"), (files, "truncate_dim", "true"), (files, "model_type", #""SparseEncoder""#),
            (transformer, "transformer_task", #""fill-mask""#),
            (transformer, "processing_kwargs", #"{"text": {"max_length": 5}}"#),
        ] {
            #expect(error([name: #"{"\#(field)": \#(value)}"#])?.contains("\(name): \(field): ") == true, "\(field)")
        }
        #expect(
            error(["modules.json": Self.modules([("Pooling", "2_Pooling")])])?.contains(
                "[0].type: Pooling needs 2_Pooling/config.json") == true)
    }

    @Test(
        "Every module that changes vectors and that Lathe does not have is refused by name",
        arguments: [
            "WordEmbeddings", "CNN", "LSTM", "BoW", "LayerNorm", "WeightedLayerPooling", "WordWeights", "Router",
            "StaticEmbedding", "SpladePooling", "MyModule",
        ])
    func otherModules(_ type: String) {
        let text = error(["modules.json": Self.modules([("Transformer", ""), (type, "1_\(type)")])])
        #expect(
            text?.contains("[1].type: sentence_transformers.models.\(type) (1_\(type)) is not supported") == true,
            "\(text ?? "")")
    }

    @Test(
        "A module is known by the last part of its type, whatever release wrote it",
        arguments: [
            "sentence_transformers.models", "sentence_transformers.models.Pooling",
            "sentence_transformers.sentence_transformer.modules.pooling", "pylate.models",
        ])
    func releases(_ place: String) throws {
        let list = ["Transformer", "Pooling", "Normalize"].enumerated().map {
            #"{"idx": \#($0), "name": "\#($0)", "path": "\#($0 == 0 ? "" : "\($0)_\($1)")", "type": "\#(place).\#($1)"}"#
        }
        let modules = try read([
            "modules.json": "[" + list.joined(separator: ", ") + "]",
            "1_Pooling/config.json": #"{"pooling_mode": "cls"}"#,
        ]).modules
        #expect(modules.pooling == [.first] && modules.normalizes)
    }

    @Test(
        "Vectors are scaled exactly if modules.json says so",
        arguments: [
            (["Transformer", "Pooling"], false), (["Transformer", "Pooling", "Normalize"], true),
            (["Transformer"], false), (["Transformer", "Pooling", "Dropout"], false),
            (["Transformer", "Pooling", "Dropout", "Normalize"], true),
        ])
    func scaling(_ types: [String], _ normalizes: Bool) throws {
        let modules = try read([
            "modules.json": Self.modules(types.map { ($0, $0 == "Transformer" ? "" : $0) }),
            "Pooling/config.json": "{}",
        ]).modules
        #expect(modules.normalizes == normalizes)
    }

    @Test("A directory with an adapter alone is named as that")
    func adapter() throws {
        let place = try TemporaryDirectory()
        try AtomicFile.write("{}", to: place.path("adapter_config.json"))
        #expect(throws: ModelFileError.adapterOnly(directory: place.path(""))) {
            try PretrainedModel(directory: place.path(""))
        }
    }
}
