/// Whole outputs of linear layers go, and with them the rows of layers that give the same width, and the columns of the
/// layers that read it.
final class RowPruningMethod: CompressionMethod {
    let technique = Technique.rowPruning
    private let masks: PruningMasks

    init(_ section: CompressionConfig.StructuredPruning, _ layers: [SelectedLayer], start: ScoreStart) {
        masks = PruningMasks(
            .rowPruning, section.groups, layers, firstStep: section.scheduleOffset,
            learnsScores: section.method == .topK, start: start
        ) { _ in .output }
    }

    var actions: [LayerAction] { masks.actions("rows") }
    func attach() { masks.attach() }
    func follow(step: Int) { masks.follow(step: step) }

    func shrink(_ context: CleaningContext) {
        for (layer, _, mask) in masks.masks where mask.isActive && !layer.related.isEmpty {
            context.keepOutputs(PruningMasks.kept(mask), of: layer, technique)
        }
    }
}
