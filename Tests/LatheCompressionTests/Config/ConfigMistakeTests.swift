import LatheFiles
import LatheTestModels
import LatheTestFiles
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Configs that ask for nothing, or for what Lathe does not have")
struct ConfigMistakeTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let missing =
        "c.json: compression_training: missing, so that nothing is to be compressed; add it with a technique"
    static let emptyFiles: [(JSONValue, String)] = [
        ([:], missing), (["foo": 1], missing), (["train_batch_size": 8], missing),
        (
            ["compression": ["weight_quantization": [:]]],
            "c.json: compression: asks for nothing; did you mean compression_training?"
        ),
        (
            ["compression_trainning": [:]],
            "c.json: compression_trainning: asks for nothing; did you mean compression_training?"
        ),
        (
            ["Compression_Training": [:]],
            "c.json: Compression_Training: asks for nothing; did you mean compression_training?"
        ),
        (
            ["weight_quantization": ["shared_parameters": ["enabled": true]]],
            "c.json: weight_quantization: is outside compression_training; move it into an object with this key"
        ),
        (
            ["architectures": ["BertModel"], "model_type": "bert"],
            "c.json: the file: is the configuration of a model (architectures) and not a DeepSpeed config; name a file with compression_training"
        ),
        (
            ["n_embd": 768],
            "c.json: the file: is the configuration of a model (n_embd) and not a DeepSpeed config; name a file with compression_training"
        ),
        (
            ["compression_training": ["weight_quantization": ["shared_parameters": ["enabled": false]]]],
            "c.json: compression_training: nothing in it is enabled; set enabled in shared_parameters of a technique to true"
        ),
        (
            ["quantize_training": ["enabled": false]],
            "c.json: quantize_training: is not enabled, and there is no compression_training; set enabled to true"
        ),
    ]

    @Test("A file that asks for nothing is refused with the likeliest mistake", arguments: emptyFiles)
    func empty(_ json: JSONValue, _ text: String) throws {
        let config = try DeepSpeedConfig(json: json, file: "c.json")
        #expect(message { try config.checkAsksForCompression(file: "c.json") } == text)
    }

    @Test("No command writes a model then")
    func commands() throws {
        let runs = try CompressionRuns(), config = try DeepSpeedConfig(json: ["foo": 1], file: "c.json")
        var request = try runs.request([.weights(8, ["query"])])
        request.config = config
        #expect(runs.message(request) == Self.missing)
        let quantization = PostTrainingQuantization(
            model: runs.models.path("bert"), config: config, configFile: "c.json", output: runs.models.path("out"))
        #expect(message { _ = try quantization.run() } == Self.missing)
        #expect(!runs.models.exists("out"))
    }

    private static let base = [ConfigSection.weights(8, ["query"])].json

    static let foreignSections: [(String, JSONValue)] = [
        ("progressive_layer_drop", ["enabled": true, "theta": 0.5]),
        ("data_efficiency", ["enabled": true, "data_routing": ["enabled": true]]),
        ("sparse_attention", ["mode": "fixed"]), ("something_new", ["enabled": true]),
    ]

    @Test(
        "An enabled section that Lathe does not have is an error, unless it is to be ignored",
        arguments: foreignSections)
    func foreign(_ key: String, _ section: JSONValue) throws {
        let json = Self.base.setting(key, to: section)
        #expect(
            message { _ = try DeepSpeedConfig(json: json, file: "c.json") }
                == "c.json: \(key): is enabled, and Lathe does not have it; remove it, set enabled to false, or have it ignored"
        )
        let config = try DeepSpeedConfig(json: json, file: "c.json", ignoring: [key])
        #expect(config.asksForCompression)
        #expect(config.notes.map(\.description) == ["\(key): ignored, as asked"])
    }

    @Test(
        "Sections of memory, logs and processes, and disabled ones, are no errors",
        arguments: [
            ("zero_optimization", ["stage": 2, "enabled": true]), ("tensorboard", ["enabled": true]),
            ("flops_profiler", ["enabled": true]),
            ("progressive_layer_drop", ["enabled": false, "theta": 0.5]), ("data_efficiency", ["enabled": "auto"]),
        ] as [(String, JSONValue)])
    func harmless(_ key: String, _ section: JSONValue) throws {
        #expect(try DeepSpeedConfig(json: Self.base.setting(key, to: section), file: "c.json").asksForCompression)
    }

    @Test("A section to ignore that is not there is an error, and one deeper down is found")
    func ignored() throws {
        #expect(
            message {
                _ = try DeepSpeedConfig(
                    json: Self.base, file: "c.json", ignoring: ["compression_training.layer_reduction"])
            }
                == "c.json: compression_training.layer_reduction: is to be ignored, but the file does not have it")
        let json = Self.base.setting("compression_training.row_pruning", to: ["enabled": 3])
        #expect(
            try DeepSpeedConfig(json: json, file: "c.json", ignoring: ["compression_training.row_pruning"])
                .asksForCompression)
    }

    static let disabledSections: [(String, JSONValue)] = [
        (
            "layer_reduction",
            ["enabled": false, "keep_number_layer": 12, "teacher_layer": [2, 4], "module_name_prefix": 3, "x": 1]
        ),
        ("sparse_pruning", ["shared_parameters": ["enabled": false, "method": "l7"], "different_groups": ["a": [:]]]),
        (
            "row_pruning",
            ["shared_parameters": ["enabled": false], "different_groups": ["a": ["modules": ["("], "params": [:]]]]
        ),
        ("head_pruning", ["shared_parameters": ["enabled": false, "num_heads": "many"], "nothing": true]),
    ]

    @Test("A disabled section is not checked", arguments: disabledSections)
    func disabled(_ key: String, _ section: JSONValue) throws {
        let config = try DeepSpeedConfig(
            json: Self.base.setting("compression_training." + key, to: section), file: "c.json")
        #expect(config.compression.enabledTechniques == [.weightQuantization])
        #expect(config.notes.isEmpty)
    }

    @Test("Notes on training are told there too")
    func trainingNotes() throws {
        let sizes: [JSONValue.Member] = [
            .init("train_micro_batch_size_per_gpu", 16), .init("gradient_accumulation_steps", 1),
            .init("train_batch_size", 32),
        ]
        let json = sizes.reduce(Self.base) { $0.setting($1.key, to: $1.value) }
        #expect(
            try DeepSpeedConfig(json: json, file: "c.json", for: .compressionOnly).notes.map(\.key) == [
                "train_batch_size"
            ])
    }

    @Test(
        "What only training has a use for is a note where nothing is trained",
        arguments: [
            ("optimizer", ["type": "Muon"]), ("scheduler", ["type": "Cyclic"]), ("train_batch_size", 0),
            ("gradient_clipping", "much"),
        ] as [(String, JSONValue)])
    func compressionOnly(_ key: String, _ value: JSONValue) throws {
        let json = Self.base.setting(key, to: value)
        #expect(throws: CompressionConfigError.self) { try DeepSpeedConfig(json: json, file: "c.json") }
        let config = try DeepSpeedConfig(json: json, file: "c.json", for: .compressionOnly)
        #expect(
            config.notes.count == 1 && config.notes[0].text.hasSuffix("(matters to training only)"), "\(config.notes)")
    }
}
