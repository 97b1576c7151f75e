import LatheNN
import LatheTensor

/// A weight's mask, and the scores from which it is made anew. Both are kept in checkpoints, so that a resumed run goes
/// on with them.
final class ScoredMask: WeightTransform {
    /// What earlier scores count at each step.
    private static let momentum: Float = 0.9

    private let pattern: BlockPattern
    private let mask: PruningMask
    /// As `BlockPattern.scores(of:)` has them.
    private let scores: Parameter
    var isActive = true

    /// All weights stay, and no score is known.
    /// - Parameter shape: the weight's, which the pattern divides.
    init(_ pattern: BlockPattern, shape: [Int]) {
        self.pattern = pattern
        mask = PruningMask(.element, fixed: .ones(shape))
        let (rows, columns) = WeightMatrix.size(of: shape)
        scores = Parameter(pattern.scores(of: .zeros([rows, columns])), isTrainable: false)
    }

    var stage: TransformStage { mask.stage }
    var storedParameters: [(name: String, parameter: Parameter)] {
        mask.storedParameters + [("sparse_momentum_scores", scores)]
    }
    func apply(to tensors: inout TransformedTensors) { mask.apply(to: &tensors) }

    /// `S ← 0.9 S + |W ⊙ G|`
    /// - Parameters:
    ///   - gradient: of the weight; nil for none, which counts as zeros.
    ///   - scale: what the gradient is multiplied by.
    func observe(_ weight: Tensor, _ gradient: Tensor?, scale: Float) {
        let earlier = scores.detached * Self.momentum
        guard let gradient else { return scores.value = earlier }
        // Averaging and adding up can be exchanged, so a block needs one number.
        scores.value = earlier + pattern.scores(of: WeightMatrix.of((weight * gradient).absolute())) * scale
    }

    /// How much each unit matters.
    var unitScores: Tensor { pattern.unitScores(of: scores.detached) }

    /// Makes the mask anew from which units stay (1).
    func renew(units: Tensor) {
        let shape = mask.mask.shape, (rows, columns) = WeightMatrix.size(of: shape)
        mask.replace(
            by: WeightMatrix.weight(
                pattern.mask(rows: rows, columns: columns, units: units, scores: scores.detached), shape: shape))
    }

    /// What is left of a weight.
    func masked(_ weight: Tensor) -> Tensor { weight * mask.mask }
}
