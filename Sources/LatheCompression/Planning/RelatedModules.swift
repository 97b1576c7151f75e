import LatheModels
import LatheNN
import LatheRuntime

/// Finds in a model's structure which layers shrink along with a pruned one, where a config does not say.
enum RelatedModules {
    /// A sentence for each pruned layer without related modules: what to add to the config, or why nothing can shrink.
    static func proposals(for compression: Compression) -> [String] {
        let network = compression.network, layers = SelectedLayers(compression.selection, network)
        let paths = Dictionary(network.namedModules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first }
        return [Technique.rowPruning, .headPruning, .channelPruning].flatMap { technique in
            layers.of(technique).filter(\.related.isEmpty).map { layer in
                let related = readers(of: layer.layer, technique, in: network).compactMap { paths[ObjectIdentifier($0)] }
                let place = "compression_training.\(technique.key).different_groups.\(layer.group).related_modules"
                guard !related.isEmpty else { return "\(layer.path): its pruned parts become zeros and stay in the file; nothing is known to shrink along" }
                return "\(layer.path): its pruned parts become zeros and stay in the file; for \(place), \(related.joined(separator: ", ")) would shrink along"
            }
        }
    }

    /// Whether it is known what reads what `layer` gives. It is in Lathe's models, and in their blocks in other networks.
    static func know(_ layer: any Module, in network: any Module) -> Bool {
        network.namedModules.contains { _, part in
            switch part {
            case is EncoderLayer, is GPT2Block, is ResidualBlock: break
            case is BertModel, is BertForSequenceClassification, is BertForMaskedLM, is GPT2LMHeadModel, is ResNet, is PatchEncoder: break
            default: return false
            }
            return part.namedModules.contains { $0.module === layer }
        }
    }

    /// The modules whose sizes hang on those of `layer`.
    static func readers(of layer: any Module, _ technique: Technique, in network: any Module) -> [any Module] {
        for (_, module) in network.namedModules {
            switch (module, technique) {
            case (let block as EncoderLayer, .rowPruning) where block.intermediate === layer: return [block.output]
            case (let block as EncoderLayer, .headPruning) where block.attentionOutput === layer:
                return [block.attention.query, block.attention.key, block.attention.value]
            case (let classifier as BertForSequenceClassification, .rowPruning) where (classifier.transform ?? classifier.bert.pooler) === layer:
                // Whatever the activation between them, it leaves 0 as 0.
                return [classifier.classifier]
            case (let block as GPT2Block, .rowPruning) where block.expansion === layer: return [block.projection]
            case (let block as GPT2Block, .headPruning) where block.attentionOutput === layer: return [block.queryKeyValue]
            case (let block as ResidualBlock, .channelPruning):
                if block.convolution1 === layer { return behind(block.norm1, block.convolution2) }
                if let last = block.convolution3, block.convolution2 === layer { return behind(block.norm2, last) }
            default: continue
            }
        }
        return []
    }

    /// The attention whose context `projection` reads; nil where it reads something else.
    static func attention(before projection: any Module, in network: any Module) -> (any HeadCounting)? {
        guard let query = readers(of: projection, .headPruning, in: network).first else { return nil }
        return network.namedModules.lazy.compactMap { $0.module as? any HeadCounting }.first { attention in
            attention.namedModules.contains { $0.module === query }
        }
    }

    private static func behind(_ norm: BatchNorm2d?, _ reader: Conv2d) -> [any Module] {
        if let norm { [norm, reader] } else { [reader] }
    }
}
