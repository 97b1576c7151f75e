import Lathe
import LatheWorkflows

@testable import LatheCompression

// The code of the articles in Sources/Lathe/Lathe.docc that stands nowhere else, as far as it compiles without changing
// the library.

enum ArticleExamples {
    static func runModel() throws {
        let model = try PretrainedModel(directory: "sentiment"), tokenizer = try Tokenizer(directory: "sentiment")
        guard let classifier = model.network as? any SequenceClassifier else { return }
        let ids = try ["a charming film", "a waste of time"].map { try tokenizer.encode($0).ids }
        let logits = withInference { classifier(TokenBatch(joining: ids)) }
        print(logits)
    }

    static func registerFamily() throws {
        ModelFamilies.register(GatedFamily())
        let model = try PretrainedModel(directory: "my-model")
        print(model.configuration.architecture.className)
    }

    static func quantize() throws {
        let config = try DeepSpeedConfig(path: "w8a8.json")
        let request = PostTrainingQuantization(
            model: "sentiment", config: config, configFile: "w8a8.json", output: "sentiment-w8a8")
        let summary = try request.run()
        print(summary.byteCount, summary.largestDifference, summary.notes)
    }

    static func readConfig() throws -> TrainingOptions {
        let config = try DeepSpeedConfig(path: "w8a8.json")
        for note in config.notes { print(note) }
        var options = TrainingOptions(.epochs(3), batchSize: 32, learningRate: 5e-5)
        config.apply(to: &options)
        return options
    }

    static func look(into network: any Module) {
        for (path, scheme) in network.layerSchemes(includesActivations: true) {
            print(path, scheme.format, scheme.weight?.bits ?? 32, scheme.inputs?.bits ?? 32)
        }
    }

    static func pack(_ network: any Module) -> [String] {
        let packed = network.packWeights(.w8a8) { path in path.hasPrefix("body") }
        return packed
    }

    static func tellMachine() {
        print(Kernels.isa, Kernels.threadCount, Kernels.cpuFeatures)
    }
}

/// Cuts weights off at a share of the largest magnitude.
final class WeightClip: WeightTransform {
    let share: Float
    var isActive = true

    init(share: Float) { self.share = share }

    var stage: TransformStage { .quantization }

    func apply(to tensors: inout TransformedTensors) {
        let limit = tensors.weight.detached.largestMagnitude() * share
        tensors.weight = .minimum(.maximum(tensors.weight, Tensor(-limit)), Tensor(limit))
    }
}

extension CompressionConfig {
    /// Weights that are cut off at a share of the largest.
    public struct WeightClipping: TechniqueSection, Hashable {
        public var isEnabled = false
        public var scheduleOffset = 0
        public var groups: [Group<Density>] = []

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}

extension CompressionConfig.WeightClipping {
    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled) { .init($0.ratio("share")) }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
    }

    /// Its section of a config.
    var json: JSONValue {
        [
            "shared_parameters": ["enabled": .bool(isEnabled), "schedule_offset": .integer(scheduleOffset)],
            "different_groups": groups.json { ["share": .number($0.ratio)] },
        ]
    }
}
