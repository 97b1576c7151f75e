import LatheModels
import LatheNN
import LatheTensor

/// Whole attention heads go: columns of the layer that projects the context, and with them rows and biases of query, key and value. The attention's number
/// of heads falls too, layer by layer, so that the model still runs and can be opened again; upstream left it.
final class HeadPruningMethod: CompressionMethod {
    let technique = Technique.headPruning
    private let masks: PruningMasks
    private let headCount: Int

    init(_ section: CompressionConfig.HeadPruning, _ layers: [SelectedLayer], start: ScoreStart) {
        let headCount = section.headCount ?? 1
        self.headCount = headCount
        masks = PruningMasks(
            .headPruning, section.groups, layers, firstStep: section.scheduleOffset, learnsScores: true, start: start
        ) { _ in .head(count: headCount) }
    }

    var actions: [LayerAction] { masks.actions("heads") }
    func attach() { masks.attach() }
    func follow(step: Int) { masks.follow(step: step) }

    func shrink(_ context: CleaningContext) {
        for (layer, _, mask) in masks.masks where mask.isActive && !layer.related.isEmpty {
            guard let projection = layer.layer as? Linear else { continue }
            let kept = PruningMasks.kept(mask), size = projection.inputs / headCount
            Shrinking.keepInputs(Shrinking.values(ofHeads: kept, size: size, headCount: headCount), of: projection)
            context.didShrink(layer.path, projection)
            for (path, module) in layer.related {
                guard let producer = module as? Linear else { continue }
                // GPT-2 has query, key and value in one layer.
                let parts = max(1, producer.outputs / (headCount * size))
                Shrinking.keepOutputs(Shrinking.values(ofHeads: kept, size: size, parts: parts, headCount: headCount), of: producer)
                context.didShrink(path, producer)
            }
            context.setHeads(kept.count, ofAttentionOf: layer.related.map(\.module) + [projection])
        }
    }
}
