import LatheNN

/// Whole channels of convolutions go, and with them entries of the batch normalisation behind and input channels of the
/// next convolution. What a removed channel still gave through its normalisation is carried on (see
/// `ChannelConstants`).
final class ChannelPruningMethod: CompressionMethod {
    let technique = Technique.channelPruning
    private let masks: PruningMasks

    init(_ section: CompressionConfig.StructuredPruning, _ layers: [SelectedLayer], start: ScoreStart) {
        masks = PruningMasks(
            .channelPruning, section.groups, layers, firstStep: section.scheduleOffset,
            learnsScores: section.method == .topK, start: start
        ) { _ in .output }
    }

    var actions: [LayerAction] { masks.actions("channels") }
    func attach() { masks.attach() }
    func follow(step: Int) { masks.follow(step: step) }

    func shrink(_ context: CleaningContext) {
        for (layer, _, mask) in masks.masks where mask.isActive && !layer.related.isEmpty {
            guard let convolution = layer.layer as? Conv2d else { continue }
            let kept = PruningMasks.kept(mask), removed = (0..<convolution.outputs).filter { !kept.contains($0) }
            let norms = layer.related.compactMap { path, module in (module as? BatchNorm2d).map { (path, $0) } }
            let readers = layer.related.compactMap { path, module in (module as? Conv2d).map { (path, $0) } }
            for (_, norm) in norms {
                let constants = ChannelConstants.values(removed, of: norm)
                for (path, reader) in readers
                where !ChannelConstants.carry(constants, of: removed, through: reader, into: context.norm(behind: path))
                {
                    context.note(
                        "\(path): what the removed channels of \(layer.path) still gave cannot be carried on; the layer has neither bias nor normalisation"
                    )
                }
                let meetsPadding = readers.contains { $0.1.options.padding > 0 }
                if meetsPadding, constants.contains(where: { $0 != 0 }) { context.hasBorderDifference = true }
            }
            context.keepOutputs(kept, of: layer, technique)
        }
    }
}
