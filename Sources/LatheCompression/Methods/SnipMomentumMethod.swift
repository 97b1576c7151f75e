/// Weights, or blocks of them, become zero that matter least to the loss, more and more of them: `snip_momentum` of
/// neural_compressor 2.6 (after SNIP, arXiv:1810.02340), to which DeepSpeed leaves it; its own call fails.
///
/// Before each update every weight's score becomes `0.9 S + |W ⊙ G|`. At each renewal all masks are made anew by one
/// threshold over all layers. What a mask prunes is set to zero after every update, so if it comes back, it starts from
/// there.
///
/// Of an N:M run exactly N weights go, where the original takes all that equal the N-th smallest.
final class SnipMomentumMethod: CompressionMethod {
    let technique = Technique.sparsePruning
    private let snip: CompressionConfig.SparsePruning.SnipMomentum
    private let schedule: RenewalSchedule
    private let layers: [(layer: SelectedLayer, mask: ScoredMask)]

    init(_ snip: CompressionConfig.SparsePruning.SnipMomentum, _ schedule: RenewalSchedule, _ layers: [SelectedLayer]) {
        (self.snip, self.schedule) = (snip, schedule)
        self.layers = layers.map { ($0, ScoredMask(snip.blockPattern, shape: $0.weightShape)) }
    }

    var actions: [LayerAction] {
        let renewals = schedule.lastIndex == 0 ? "at once" : "by step \(schedule.last)"
        let share = PruningMasks.percent(snip.denseRatio)
        return layers.map { layer, _ in
            LayerAction(
                technique: technique, group: layer.group, path: layer.path,
                summary:
                    "keeps \(share) of all layers' weights, \(snip.blockPattern), by gradients (snip_momentum), \(renewals)",
                firstStep: schedule.first,
                related: [])
        }
    }

    func attach() {
        for (layer, mask) in layers {
            mask.isActive = false
            layer.layer.attach(mask)
        }
    }

    func observeGradients(step: Int, scale: Float) {
        // Nothing asks for scores after the last renewal.
        guard step < schedule.last else { return }
        for (layer, mask) in layers {
            guard let parameter = layer.layer.weight.parameter else { continue }
            mask.observe(parameter.detached, parameter.gradient, scale: scale)
        }
    }

    func follow(step: Int) {
        if schedule.isDue(at: step) { renew(step) }
        for (layer, mask) in layers {
            mask.isActive = step >= schedule.first
            guard mask.isActive, let parameter = layer.layer.weight.parameter else { continue }
            parameter.value = mask.masked(parameter.detached)
        }
    }

    private func renew(_ step: Int) {
        let pattern = snip.blockPattern, limit = pattern.unitShare(of: GlobalThreshold.largestShare)
        let share = pattern.unitShare(of: schedule.sparsity(at: step))
        guard let units = GlobalThreshold.masks(of: layers.map(\.mask.unitScores), pruning: share, limit: limit) else {
            return
        }
        for ((_, mask), units) in zip(layers, units) { mask.renew(units: units) }
    }
}
