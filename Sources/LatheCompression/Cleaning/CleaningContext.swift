import LatheNN
import LathePacking

/// What cleaning changes beside weights, and what there is to say about it.
final class CleaningContext {
    /// The new sizes of layers, by their paths.
    private(set) var pruned: PrunedShapes
    private(set) var notes: [String] = []
    /// Whether channels with constants went, so that outputs at the border of images differ.
    var hasBorderDifference = false
    let network: any Module
    private let modules: [(path: String, module: any Module)]

    /// - Parameter pruned: the smaller layers that earlier compression left.
    init(_ network: any Module, pruned: PrunedShapes) {
        self.network = network
        modules = network.namedModules
        self.pruned = pruned
    }

    /// Keeps outputs of a pruned layer, and what belongs to them in the layers that shrink along: outputs of a layer
    /// that gives the same width, inputs of one that reads it.
    /// - Parameter indices: the outputs that stay.
    func keepOutputs(_ indices: [Int], of layer: SelectedLayer, _ technique: Technique) {
        guard let pruned = layer.layer as? any ShrinkableLayer else { return }
        let width = RelatedModules.width(of: layer.layer, technique, in: network)
        pruned.keepOutputs(indices)
        didShrink(layer.path, pruned)
        for (path, module) in layer.related {
            guard let related = module as? any ShrinkableLayer else { continue }
            if width?.isProduced(by: related) == true {
                related.keepOutputs(indices)
            } else {
                related.keepInputs(indices)
            }
            didShrink(path, related)
        }
    }

    func didShrink(_ path: String, _ layer: any ShrinkableLayer) { pruned.shapes[path] = layer.weightShape }
    func note(_ text: String) { notes.append(text) }

    /// Gives the attention that the given layers belong to its new number of heads.
    func setHeads(_ count: Int, ofAttentionOf layers: [any Module]) {
        for (path, module) in modules {
            guard let attention = module as? any HeadCounting else { continue }
            let own = Set(attention.namedModules.map { ObjectIdentifier($0.module) })
            guard layers.contains(where: { own.contains(ObjectIdentifier($0)) }) else { continue }
            attention.heads = count
            pruned.heads[path] = count
        }
    }

    /// The batch normalisation behind the convolution at `path`; `nil` if there is none, or if nothing is known of it.
    func norm(behind path: String) -> BatchNorm2d? {
        guard let convolution = modules.first(where: { $0.path == path })?.module else { return nil }
        return network.shrinkableBlocks.lazy.flatMap(\.widths).flatMap(\.producers).first { $0.layer === convolution }?
            .norm
    }
}
