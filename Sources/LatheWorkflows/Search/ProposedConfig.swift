import LatheCompression
import LatheFiles

/// A DeepSpeed config that gives each layer the bits and the density that were chosen for it.
///
/// Each layer stands in the `modules` of its group by its whole path, so that none is taken twice and one can be moved
/// to another group by hand. Layers with few bits read inputs of 8 bits, each token's (or image's) range its own.
public struct ProposedConfig: Sendable {
    /// What was chosen for each layer, by path, in the order of the network.
    public let layers: [(path: String, choice: WeightChoice)]
    public let rounding: WeightRounding
    /// The layers whose inputs can be quantised: all but tables.
    private let readers: Set<String>

    init(_ layers: [(path: String, choice: WeightChoice)], rounding: WeightRounding, readers: Set<String>) {
        (self.layers, self.rounding, self.readers) = (layers, rounding, readers)
    }

    /// The content of `compression_training`.
    /// - Throws: never for paths of a network, which are patterns once their dots are escaped.
    public func compression() throws(ModulePatternError) -> CompressionConfig {
        var config = CompressionConfig()
        let quantized = layers.filter { $0.choice.bits != nil },
            widths = Set(quantized.compactMap(\.choice.bits)).sorted(by: >)
        config.weightQuantization.isEnabled = !quantized.isEmpty
        (config.weightQuantization.isInForward, config.weightQuantization.groupCount) = (true, rounding.groupCount)
        for bits in widths {
            let paths = quantized.filter { $0.choice.bits == bits }.map(\.path)
            config.weightQuantization.groups.append(
                .init("w\(bits)", .init(startBits: bits, targetBits: bits, period: 0), try Self.scope(paths)))
        }
        let rounded = quantized.map(\.path).filter { readers.contains($0) }
        config.activationQuantization.isEnabled = !rounded.isEmpty
        config.activationQuantization.scheduleOffset = 0
        if !rounded.isEmpty { config.activationQuantization.groups = [.init("a8", .init(8), try Self.scope(rounded))] }
        let sparse = layers.filter { $0.choice.density < 1 }
        config.sparsePruning.isEnabled = !sparse.isEmpty
        config.sparsePruning.scheduleOffset = 0
        for density in Set(sparse.map(\.choice.density)).sorted(by: >) {
            let paths = sparse.filter { $0.choice.density == density }.map(\.path)
            config.sparsePruning.groups.append(.init("kept\(density)", .init(density), try Self.scope(paths)))
        }
        return config
    }

    /// The whole file.
    public func json() throws(ModulePatternError) -> JSONValue { Self.json(try compression()) }

    /// A whole file: what is enabled, and the batch sizes that DeepSpeed asks for.
    static func json(_ config: CompressionConfig) -> JSONValue {
        let enabled = Set(config.enabledTechniques.map(\.key)),
            sections = (config.json.object ?? []).filter { enabled.contains($0.key) }
        return [
            "train_batch_size": 32, "train_micro_batch_size_per_gpu": 32, "compression_training": .object(sections),
        ]
    }

    /// A pattern that hits this path and no other.
    static func pattern(_ path: String) throws(ModulePatternError) -> ModulePattern {
        try ModulePattern(
            "^" + path.split(separator: ".", omittingEmptySubsequences: false).joined(separator: #"\."#) + "$")
    }

    private static func scope(_ paths: [String]) throws(ModulePatternError) -> ModuleScope {
        var patterns: [ModulePattern] = []
        for path in paths { patterns.append(try pattern(path)) }
        return ModuleScope(patterns)
    }
}
