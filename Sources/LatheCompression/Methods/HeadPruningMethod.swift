import LatheNN

/// Whole attention heads go: columns of the layer that projects the context, and with them rows and biases of query,
/// key and value. The attention's number of heads falls too, layer by layer, so that the model still runs and can be
/// opened again; DeepSpeed leaves it. Heads that share keys and values go together.
final class HeadPruningMethod: CompressionMethod {
    let technique = Technique.headPruning
    private let masks: PruningMasks
    private let headCount: Int

    init(_ section: CompressionConfig.HeadPruning, _ layers: [SelectedLayer], start: ScoreStart, network: any Module) {
        let headCount = section.headCount ?? 1
        self.headCount = headCount
        masks = PruningMasks(
            .headPruning, section.groups, layers, firstStep: section.scheduleOffset, learnsScores: true, start: start
        ) { layer in .head(count: headCount / Self.sharing(layer, in: network)) }
    }

    var actions: [LayerAction] { masks.actions("heads") }
    func attach() { masks.attach() }
    func follow(step: Int) { masks.follow(step: step) }

    func shrink(_ context: CleaningContext) {
        for (layer, _, mask) in masks.masks where mask.isActive && !layer.related.isEmpty {
            guard let projection = layer.layer as? any ShrinkableLayer else { continue }
            let sharing = Self.sharing(layer, in: context.network),
                groups = HeadGroups(kept: PruningMasks.kept(mask), count: headCount / sharing)
            let width = projection.inputs
            projection.keepInputs(groups.values(of: width))
            context.didShrink(layer.path, projection)
            for (path, module) in layer.related {
                guard let producer = module as? any ShrinkableLayer else { continue }
                // GPT-2 has query, key and value in one layer.
                producer.keepOutputs(groups.values(of: producer.outputs, copies: max(1, producer.outputs / width)))
                context.didShrink(path, producer)
            }
            context.setHeads(groups.kept.count * sharing, ofAttentionOf: layer.related.map(\.module) + [projection])
        }
    }

    /// The heads that share keys and values in the attention before a layer.
    private static func sharing(_ layer: SelectedLayer, in network: any Module) -> Int {
        RelatedModules.width(of: layer.layer, .headPruning, in: network)?.producers.map(\.sharing).max() ?? 1
    }
}

/// Heads, or groups of heads that share keys and values, of which some stay.
struct HeadGroups {
    let kept: [Int]
    let count: Int

    /// The indices of the values of the kept groups in a row of `size` values, which consists of `copies` equal parts.
    func values(of size: Int, copies: Int = 1) -> [Int] {
        let width = size / (copies * count)
        return (0..<copies).flatMap { copy in
            kept.flatMap { group in (0..<width).map { (copy * count + group) * width + $0 } }
        }
    }
}
