import LatheCompression
import LatheFiles
import LatheModels

/// A DeepSpeed config to begin with: for a goal and a network, with comments that say what may be changed.
///
/// ```swift
/// let starter = try StarterConfig(.int8, for: ModelConfiguration(directory: "sentiment"), model: "sentiment")
/// try AtomicFile.write(starter.text(), to: "int8.json")
/// ```
public struct StarterConfig: Sendable {
    public let goal: StarterGoal
    package let configuration: ModelConfiguration
    package let model: String?
    package let preset: String?
    let network: StarterNetwork

    /// - Parameters:
    ///   - goal: what the config is for.
    ///   - configuration: what the config has to fit.
    ///   - model: what commands call the model; nil where there is none yet.
    ///   - preset: the name of the network's sizes, where there is no model.
    /// - Throws: `StarterError` for a model that the goal cannot be reached with.
    public init(_ goal: StarterGoal, for configuration: ModelConfiguration, model: String? = nil, preset: String? = nil)
        throws(StarterError)
    {
        (self.goal, self.configuration, self.model, self.preset) = (goal, configuration, model, preset)
        let name = model ?? preset ?? configuration.architecture.className
        if configuration.quantization != nil { throw .packed(model: name) }
        if !configuration.pruned.isEmpty, goal == .halfSize || goal == .pruned {
            throw .pruned(model: name, goal: goal)
        }
        network = StarterNetwork(configuration)
        if goal == .halfSize, network.layerCount == 1 { throw .oneLayer(model: name) }
        let canShrink = goal == .halfSize ? network.layerCount > 0 : network.hasHeadsOrRows
        if goal == .halfSize || goal == .pruned, !canShrink, network.channels.isEmpty {
            throw .nothingToShrink(model: name, goal: goal)
        }
    }

    /// What becomes of the network, in a few words.
    public var summary: String {
        switch goal {
        case .int8: "weights and inputs of 8 bits"
        case .int4: "weights of 4 bits, inputs of 8"
        case .oneBit: "weights of 1 bit, inputs of 8"
        case .halfSize:
            network.layerCount > 0
                ? "\(network.layerCount / 2) of \(network.layerCount) layers" : "fewer channels inside blocks"
        case .pruned:
            network.hasHeadsOrRows ? "half of the heads and feed-forward rows" : "three in ten channels inside blocks"
        }
    }

    /// What the config would do to `model`, layer by layer.
    /// - Throws: what keeps a model of another shape from being compressed by it.
    public func plan(for model: PretrainedModel) throws -> CompressionPlan {
        let config = try DeepSpeedConfig(json: json, file: goal.rawValue).compression
        let student = try LayerReducer(config.layerReduction)?.student(of: model, like: model) ?? model
        return CompressionPlan(try Compression(config, of: student, file: goal.rawValue))
    }

    /// The config, ended by a line break.
    /// - Parameter hasComments: only `DeepSpeedConfig(path:)` reads comments; other tools want none.
    public func text(hasComments: Bool = true) -> String { content.text(hasComments: hasComments) + "\n" }

    /// Whether the network reads images, and not texts.
    package var readsImages: Bool { network.readsImages }

    /// The config without comments.
    public var json: JSONValue { content.json }

    private var content: CommentedJSON {
        let batch = network.readsImages ? 64 : configuration.architecture.head == .languageModel ? 8 : 32
        var root = CommentedJSON(), sections = CommentedJSON()
        root.add(
            "train_batch_size", .integer(batch),
            "Examples in a step of training; quantising without training ignores it.")
        root.add("train_micro_batch_size_per_gpu", .integer(batch))
        root.add("gradient_clipping", 1.0)
        switch goal {
        case .int8: sections.quantize(network, bits: 8)
        case .int4: sections.quantize(network, bits: 4)
        case .oneBit: sections.quantize(network, bits: 1)
        case .halfSize:
            network.layerCount > 0 ? sections.halveLayers(network) : sections.pruneChannels(network, kept: 0.45)
        case .pruned:
            network.hasHeadsOrRows
                ? sections.pruneHeadsAndRows(network, kept: 0.5) : sections.pruneChannels(network, kept: 0.3)
        }
        root.add("compression_training", sections)
        return root
    }
}
