import LatheNN
import LathePacking

extension PrunedShapes {
    /// The sizes of layers that a checkpoint has smaller than the configuration of `network` says, as DeepSpeed's
    /// `redundancy_clean` leaves rows, heads and channels without a word in `config.json`. Empty where nothing is
    /// smaller, or where what is smaller would not fit together.
    /// - Parameters:
    ///   - network: of the sizes that the configuration says; unchanged.
    ///   - source: the checkpoint.
    ///   - isFresh: whether a parameter begins anew, whatever the checkpoint has.
    init(of network: any Module, in source: AdaptedCheckpoint, isFresh: (String) -> Bool) {
        self.init()
        let modules = network.namedModules
        for (path, module) in modules {
            guard let full = (module as? any ShrinkableLayer)?.weightShape, !isFresh(path + ".weight"),
                let shape = source.shape(of: path + ".weight")
            else { continue }
            let isSmaller =
                shape != full && shape.count == full.count && zip(shape, full).allSatisfy { $0 <= $1 && $0 > 0 }
            if isSmaller { shapes[path] = shape }
        }
        if shapes.isEmpty { return }
        for width in network.shrinkableBlocks.flatMap(\.widths) {
            guard case .heads(let attention) = width.unit,
                let path = modules.first(where: { $0.module === attention })?.path
            else { continue }
            if let kept = keptHeads(of: attention, width, modules) { heads[path] = kept }
        }
        let (problems, undo) = apply(to: network)
        undo()
        if !problems.isEmpty { self.init() }
    }

    /// The heads that are left of an attention whose layers are smaller; `nil` for all of them.
    private func keptHeads(
        of attention: any HeadCounting, _ width: SharedWidth, _ modules: [(path: String, module: any Module)]
    ) -> Int? {
        guard let reader = width.readers.first, let path = modules.first(where: { $0.module === reader })?.path,
            let inner = shapes[path]?.last
        else { return nil }
        let size = reader.inputs / max(attention.heads, 1)
        guard size > 0, inner < size * attention.heads, inner.isMultiple(of: size) else { return nil }
        return inner / size
    }
}
