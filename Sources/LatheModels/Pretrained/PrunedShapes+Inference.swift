import LatheNN
import LatheRuntime
import LatheTensor

extension PrunedShapes {
    /// The sizes of layers that a checkpoint has smaller than the configuration of `network` says, as DeepSpeed's `redundancy_clean` leaves rows, heads and
    /// channels without a word in `config.json`. Empty where nothing is smaller, or where what is smaller would not fit together.
    /// - Parameters:
    ///   - network: of the sizes that the configuration says; unchanged.
    ///   - source: the checkpoint.
    ///   - isFresh: whether a parameter begins anew, whatever the checkpoint has.
    init(of network: any Module, in source: AdaptedCheckpoint, isFresh: (String) -> Bool) {
        self.init()
        let modules = network.namedModules
        for (path, module) in modules {
            guard let full = Self.weightShape(of: module), !isFresh(path + ".weight"), let shape = source.shape(of: path + ".weight") else { continue }
            let isSmaller = shape != full && shape.count == full.count && zip(shape, full).allSatisfy { $0 <= $1 && $0 > 0 }
            if isSmaller { shapes[path] = shape }
        }
        if shapes.isEmpty { return }
        for (path, module) in modules {
            guard let attention = module as? any HeadCounting, let kept = keptHeads(of: attention, modules) else { continue }
            heads[path] = kept
        }
        let (problems, undo) = apply(to: network)
        undo()
        if !problems.isEmpty { self.init() }
    }

    /// The shape of the weight of a layer that pruning can make smaller.
    private static func weightShape(of module: any Module) -> [Int]? {
        switch module {
        case let linear as Linear: [linear.outputs, linear.inputs]
        case let convolution as Conv2d: convolution.weight.shape
        case let norm as BatchNorm2d: norm.weight.shape
        default: nil
        }
    }

    /// The heads that are left of an attention whose layers are smaller; `nil` for all of them.
    private func keptHeads(of attention: any HeadCounting, _ modules: [(path: String, module: any Module)]) -> Int? {
        let layer: Linear, axis: Int
        switch attention {
        case let block as GPT2Block: (layer, axis) = (block.attentionOutput, 1)
        case let attention as SelfAttention: (layer, axis) = (attention.query, 0)
        default: return nil
        }
        guard let path = modules.first(where: { $0.module === layer })?.path, let inner = shapes[path]?[axis] else { return nil }
        let size = (axis == 0 ? layer.outputs : layer.inputs) / max(attention.heads, 1)
        guard size > 0, inner < size * attention.heads, inner.isMultiple(of: size) else { return nil }
        return inner / size
    }
}
