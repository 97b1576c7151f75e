/// Single weights become zero: those that are small when compression begins (`l1`), or those whose trained scores are
/// (`topk`). `snip_momentum` is `SnipMomentumMethod`.
///
/// Upstream's last releases crash at the offset for a key that their parser drops; here the mask goes on for ever, as
/// before.
final class SparsePruningMethod: CompressionMethod {
    let technique = Technique.sparsePruning
    private let masks: PruningMasks

    init(_ section: CompressionConfig.SparsePruning, _ layers: [SelectedLayer], start: ScoreStart) {
        masks = PruningMasks(
            .sparsePruning, section.groups, layers, firstStep: section.scheduleOffset,
            learnsScores: section.method == .topK, start: start
        ) { _ in .element }
    }

    var actions: [LayerAction] { masks.actions("weights") }
    func attach() { masks.attach() }
    func follow(step: Int) { masks.follow(step: step) }
}
