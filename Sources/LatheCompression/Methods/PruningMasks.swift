import LatheNN

/// How the scores that training changes begin.
public enum ScoreStart: String, Sendable, Hashable, CaseIterable {
    /// Heads at noise, all else at magnitudes. Heads with the largest weights are not those that a model needs most: it
    /// kept more accuracy with heads chosen at random (docs/results.md).
    case standard
    /// At the units' norms, so that the first mask keeps what is large.
    case magnitude
    /// At noise, as upstream, so that the first mask is random.
    case noise

    /// Whether a technique's scores begin at noise.
    func isNoise(for technique: Technique) -> Bool { self == .noise || self == .standard && technique == .headPruning }
}

/// The masks of one pruning technique.
struct PruningMasks {
    let technique: Technique
    let masks: [(layer: SelectedLayer, density: Double, mask: PruningMask)]
    let firstStep: Int

    /// - Parameters:
    ///   - learnsScores: whether masks follow trained scores (topk), or stay as the weights' norms make them now (l1).
    ///   - unit: what is kept or pruned as a whole in a layer.
    init(
        _ technique: Technique, _ groups: [CompressionConfig.Group<CompressionConfig.Density>],
        _ layers: [SelectedLayer], firstStep: Int,
        learnsScores: Bool, start: ScoreStart, unit: (SelectedLayer) -> PruningUnit
    ) {
        self.technique = technique
        self.firstStep = firstStep
        let densities = Dictionary(groups.map { ($0.name, $0.parameters.ratio) }) { first, _ in first }
        masks = layers.compactMap { layer in
            guard let density = densities[layer.group] else { return nil }
            let unit = unit(layer), weight = layer.denseWeight
            guard learnsScores else {
                return (layer, density, PruningMask(unit, keeping: density, ofLargestIn: weight))
            }
            let scores =
                start.isNoise(for: technique) ? unit.randomScores(for: weight) : unit.initialScores(for: weight)
            return (layer, density, PruningMask(unit, keeping: density, training: scores))
        }
    }

    func attach() {
        for (layer, _, mask) in masks {
            mask.isActive = false
            layer.layer.attach(mask)
        }
    }

    func follow(step: Int) {
        for (_, _, mask) in masks { mask.isActive = step >= firstStep }
    }

    func actions(_ what: String) -> [LayerAction] {
        masks.map { layer, density, mask in
            let method = mask.scores == nil ? "largest now (l1)" : "by trained scores (topk)"
            return LayerAction(
                technique: technique, group: layer.group, path: layer.path,
                summary: "keeps \(Self.percent(density)) of \(what), \(method)",
                firstStep: firstStep, related: layer.related.map(\.path))
        }
    }

    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }

    /// The indices that a mask keeps.
    static func kept(_ mask: PruningMask) -> [Int] {
        mask.mask.detached.floatArray.enumerated().filter { $0.element != 0 }.map(\.offset)
    }
}
