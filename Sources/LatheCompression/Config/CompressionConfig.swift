import LatheTensor

/// What is to be compressed, how, and when: the section `compression_training` of a DeepSpeed config. Every default is upstream's.
///
/// ```swift
/// let config = try DeepSpeedConfig(path: "w8a8.json").compression
/// config.weightQuantization.groups[0].parameters.targetBits    // 8
/// ```
///
/// Source: DeepSpeed `deepspeed/compression/{config,constants}.py`.
public struct CompressionConfig: Sendable, Hashable {
    public var layerReduction = LayerReduction()
    public var weightQuantization = WeightQuantization()
    public var activationQuantization = ActivationQuantization()
    public var sparsePruning = SparsePruning()
    public var rowPruning = StructuredPruning()
    public var headPruning = HeadPruning()
    public var channelPruning = StructuredPruning()

    /// Nothing is compressed.
    public init() {}

    /// What the config says about one technique.
    public func section(_ technique: Technique) -> any TechniqueSection {
        switch technique {
        case .weightQuantization: weightQuantization
        case .activationQuantization: activationQuantization
        case .sparsePruning: sparsePruning
        case .rowPruning: rowPruning
        case .headPruning: headPruning
        case .channelPruning: channelPruning
        }
    }

    /// The techniques that are enabled, in the order of `Technique.allCases`. Layer reduction is none of them.
    public var enabledTechniques: [Technique] { Technique.allCases.filter { section($0).isEnabled } }
}

extension CompressionConfig {
    /// Reads the members of `compression_training`.
    init(_ fields: JSONFields) {
        layerReduction = LayerReduction(fields.object("layer_reduction"))
        weightQuantization = WeightQuantization(fields.object(Technique.weightQuantization.key))
        activationQuantization = ActivationQuantization(fields.object(Technique.activationQuantization.key))
        sparsePruning = SparsePruning(fields.object(Technique.sparsePruning.key))
        rowPruning = StructuredPruning(fields.object(Technique.rowPruning.key))
        headPruning = HeadPruning(fields.object(Technique.headPruning.key))
        channelPruning = StructuredPruning(fields.object(Technique.channelPruning.key))
        fields.reportUnreadKeys()
    }

    /// The content of `compression_training`, all defaults written out; read again, it gives an equal config.
    public var json: JSONValue {
        [
            "layer_reduction": layerReduction.json,
            Technique.weightQuantization.key: weightQuantization.json,
            Technique.activationQuantization.key: activationQuantization.json,
            Technique.sparsePruning.key: sparsePruning.json,
            Technique.rowPruning.key: rowPruning.json,
            Technique.headPruning.key: headPruning.json,
            Technique.channelPruning.key: channelPruning.json,
        ]
    }
}
