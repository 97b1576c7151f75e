import LatheCompression
import LatheModels
import LatheNN
import LathePacking

/// The parts of a network that a starting config names: patterns of its layers, and their sizes.
struct StarterNetwork {
    /// A layer of which rows, heads or channels can go, and the layers that shrink along with it.
    struct Family: Equatable {
        let pattern: String
        let related: [String]
    }

    /// The linear layers and convolutions that are quantised.
    let layers: [String]
    /// The token embedding, and the layer that predicts tokens with the same table, if there is one.
    let words: [String]
    /// That layer.
    var guessing: [String] { Array(words.dropFirst()) }
    /// The heads of an attention; `nil` if there are none, or one.
    let headCount: Int?
    let heads: Family?
    let rows: Family?
    let channels: [Family]
    /// Whether heads or rows can go, and not channels.
    var hasHeadsOrRows: Bool { heads != nil || rows != nil }
    /// The number of equal layers, what leads to them, and what is beside them.
    let layerCount: Int
    let stack: String
    let beside: [String]
    /// The scales of a weight: a row each in the narrowest layer; one for pruned layers, whose rows have no number in
    /// common.
    let groupCount: Int
    /// Whether it reads images.
    let readsImages: Bool

    init(_ configuration: ModelConfiguration) {
        let network = configuration.makeOutline(), blocks = BlockPatterns(network)
        let lowBit = (network as? any LowBitNetwork)?.lowBitLayers ?? LowBitLayers(layers: blocks.layers)
        layers = lowBit.layers
        words = lowBit.embeddings + Self.sharingTable(network)
        (heads, rows, channels) = (
            blocks.families(.headPruning).first, blocks.families(.rowPruning).first, blocks.families(.channelPruning)
        )
        let attention = network.namedModules.lazy.compactMap { $0.module as? any HeadCounting }.first
        headCount = attention.flatMap { $0.heads > 1 ? $0.heads : nil }
        let layered = network as? any LayerStack
        layerCount = layered?.transformerLayers.count ?? 0
        stack = layered?.stackPath ?? ""
        beside =
            stack.isEmpty
            ? []
            : Self.parts(
                of: network, beside: stack, base: configuration.architecture.family.checkpointNaming.basePrefix)
        groupCount = configuration.pruned.isEmpty ? configuration.sizes.commonRowCount : 1
        readsImages = network is any ImageClassifier
    }

    /// The paths of layers that compute with the table of the first embedding.
    private static func sharingTable(_ network: any Module) -> [String] {
        guard let table = network.namedModules.lazy.compactMap({ ($0.module as? Embedding)?.weight.parameter }).first
        else { return [] }
        return network.namedModules.compactMap { path, module in
            (module as? any ProductLayer)?.weight.parameter === table ? path : nil
        }
    }

    /// The parts beside the stack: those of the model without head, such as `bert.embeddings`, and heads.
    private static func parts(of network: any Module, beside stack: String, base: String) -> [String] {
        let baseDepth = base.split(separator: ".").count
        var parts: [String] = []
        for path in network.namedParameters.map(\.path) where !path.hasPrefix(stack + ".") {
            let isInBase = !base.isEmpty && path.hasPrefix(base)
            let part = path.split(separator: ".").prefix(isInBase ? baseDepth + 1 : 1).joined(separator: ".")
            if !parts.contains(part) { parts.append(part) }
        }
        return parts
    }
}

/// Patterns of the layers in the blocks of a network that pruning can make smaller.
private struct BlockPatterns {
    private let blocks: [(path: String, block: any ShrinkableBlock)]
    private let paths: [ObjectIdentifier: String]

    /// - Parameter network: its own widths, those of its head, are left out.
    init(_ network: any Module) {
        let modules = network.namedModules
        blocks = modules.compactMap { path, module in
            module === network ? nil : (module as? any ShrinkableBlock).map { (path, $0) }
        }
        paths = Dictionary(modules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first }
    }

    /// The layers that a technique can make smaller, of each kind of block once.
    func families(_ technique: Technique) -> [StarterNetwork.Family] {
        var families: [StarterNetwork.Family] = []
        for (path, block) in blocks {
            for width in block.widths {
                let layers = width.layers(prunedBy: technique)
                guard let scored = layers.scored.first, let pattern = pattern(of: scored, in: path) else { continue }
                let family = StarterNetwork.Family(
                    pattern: pattern,
                    related: layers.related.filter { $0 !== scored }.compactMap { self.pattern(of: $0, in: path) })
                if !families.contains(family) { families.append(family) }
            }
        }
        return families
    }

    /// All layers of blocks.
    var layers: [String] {
        var patterns: [String] = []
        for (path, block) in blocks {
            for layer in block.widths.flatMap(\.layers) where layer is any CompressibleLayer {
                if let pattern = pattern(of: layer, in: path), !patterns.contains(pattern) { patterns.append(pattern) }
            }
        }
        return patterns
    }

    /// The path of a layer inside its block; with that of the block before it, its numbers left open, if layers
    /// elsewhere are found by it too.
    private func pattern(of layer: any Module, in block: String) -> String? {
        guard let path = paths[ObjectIdentifier(layer)], path.hasPrefix(block + ".") else { return nil }
        let own = String(path.dropFirst(block.count + 1))
        guard let pattern = try? ModulePattern(own),
            paths.values.contains(where: { pattern.matches($0) && !isInBlock($0, own) })
        else { return own }
        let place = block.split(separator: ".").suffix(2).map { $0.replacing(/\d+/, with: { _ in #"\d+"# }) }.joined(
            separator: #"\."#)
        return place + #"\."# + own
    }

    /// Whether a path is that of a layer called `own` in a block.
    private func isInBlock(_ path: String, _ own: String) -> Bool { blocks.contains { path == $0.path + "." + own } }
}
