import LatheNN

/// Finds in the blocks of a model which layers shrink along with a pruned one.
package enum RelatedModules {
    /// A sentence for each pruned layer without related modules: what to add to the config, or why nothing can shrink.
    static func proposals(for compression: Compression) -> [String] {
        let network = compression.network, layers = SelectedLayers(compression.selection, network)
        let paths = Dictionary(network.namedModules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first
        }
        return [Technique.rowPruning, .headPruning, .channelPruning].flatMap { technique in
            layers.of(technique).filter(\.related.isEmpty).map { layer in
                let related = related(to: layer.layer, technique, in: network).compactMap {
                    paths[ObjectIdentifier($0)]
                }
                let place = "compression_training.\(technique.key).different_groups.\(layer.group).related_modules"
                guard !related.isEmpty else {
                    return
                        "\(layer.path): its pruned parts become zeros and stay in the file; nothing is known to shrink along"
                }
                return
                    "\(layer.path): its pruned parts become zeros and stay in the file; for \(place), \(related.joined(separator: ", ")) would shrink along"
            }
        }
    }

    /// Whether it is known what reads the outputs of `layer`: whether it is part of a block that states its widths.
    static func know(_ layer: any Module, in network: any Module) -> Bool {
        network.shrinkableBlocks.contains { block in block.namedModules.contains { $0.module === layer } }
    }

    /// The modules that shrink along with `layer`.
    package static func related(to layer: any Module, _ technique: Technique, in network: any Module) -> [any Module] {
        guard let width = width(of: layer, technique, in: network) else { return [] }
        return width.layers(prunedBy: technique).related.filter { $0 !== layer }
    }

    /// The width that a technique makes smaller by `layer`; `nil` if there is none.
    static func width(of layer: any Module, _ technique: Technique, in network: any Module) -> SharedWidth? {
        network.shrinkableBlocks.lazy.flatMap(\.widths).first { width in
            width.layers(prunedBy: technique).scored.contains { $0 === layer }
        }
    }

    /// Whether another layer gives the same width as `layer` and comes before it: the two shrink as one, and the first
    /// is named.
    package static func isLaterProducer(_ layer: any Module, _ technique: Technique, in network: any Module) -> Bool {
        width(of: layer, technique, in: network).map { $0.layers(prunedBy: technique).scored.first !== layer } ?? false
    }

    /// The attention whose context `projection` reads; `nil` if it reads something else.
    static func attention(before projection: any Module, in network: any Module) -> (any HeadCounting)? {
        guard case .heads(let attention)? = width(of: projection, .headPruning, in: network)?.unit else { return nil }
        return attention
    }
}

extension SharedWidth {
    /// The layers that a technique may name to make the width smaller, and the layers that shrink along with one of
    /// these.
    package func layers(prunedBy technique: Technique) -> (scored: [any Module], related: [any Module]) {
        switch (unit, technique) {
        case (.values, .rowPruning), (.channels, .channelPruning): (producers.map(\.layer), layers)
        case (.heads, .headPruning): (readers, producers.map(\.layer))
        default: ([], [])
        }
    }
}
