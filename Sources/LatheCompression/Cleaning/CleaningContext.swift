import LatheModels
import LatheNN
import LatheRuntime

/// What cleaning changes beside weights, and what there is to say about it.
final class CleaningContext {
    /// The new sizes of layers, by their paths.
    private(set) var pruned: PrunedShapes
    private(set) var notes: [String] = []
    /// Whether channels with constants went, so that outputs at the border of images differ.
    var hasBorderDifference = false
    private let modules: [(path: String, module: any Module)]

    /// - Parameter pruned: the smaller layers that earlier compression left.
    init(_ network: any Module, pruned: PrunedShapes) {
        modules = network.namedModules
        self.pruned = pruned
    }

    func didShrink(_ path: String, _ layer: Linear) { pruned.shapes[path] = [layer.outputs, layer.inputs] }
    func didShrink(_ path: String, _ layer: Conv2d) { pruned.shapes[path] = layer.weight.shape }
    func didShrink(_ path: String, _ layer: BatchNorm2d) { pruned.shapes[path] = [layer.channels] }
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

    /// The batch normalisation that stands behind the convolution at `path`: `layer1.0.conv2` has `layer1.0.bn2`.
    func norm(behind path: String) -> BatchNorm2d? {
        guard let convolution = modules.first(where: { $0.path == path })?.module else { return nil }
        for case let block as ResidualBlock in modules.map(\.module) {
            if block.convolution1 === convolution { return block.norm1 }
            if block.convolution2 === convolution { return block.norm2 }
            if let last = block.convolution3, last === convolution { return block.norm3 }
        }
        return nil
    }
}
