import LatheFiles

/// What is to be compressed, how, and when: the section `compression_training` of a DeepSpeed config. Every default is
/// upstream's.
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
    package func section(_ technique: Technique) -> any TechniqueSection {
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
    /// Reads the members of `compression_training`. Sections that say `"enabled": false` are not checked.
    init(_ fields: JSONFields) {
        layerReduction = LayerReduction(fields.object("layer_reduction", uncheckedIf: { $0["enabled"] == false }))
        func section(_ technique: Technique) -> JSONFields {
            fields.object(technique.key, uncheckedIf: { $0["shared_parameters"]?["enabled"] == false })
        }
        weightQuantization = WeightQuantization(section(.weightQuantization))
        activationQuantization = ActivationQuantization(section(.activationQuantization))
        sparsePruning = SparsePruning(section(.sparsePruning))
        rowPruning = StructuredPruning(section(.rowPruning))
        headPruning = HeadPruning(section(.headPruning))
        channelPruning = StructuredPruning(section(.channelPruning))
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
