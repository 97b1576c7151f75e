import LatheTensor

/// A mask of ones and zeros over a weight: elements, outputs (rows of a linear layer, channels of a convolution) or
/// attention heads.
///
/// Its ones are fixed, or they stand where trained scores are largest (movement pruning, arXiv:2005.07683): then the
/// mask is taken anew at each use, and its gradient passes straight through to the scores. In checkpoints scores and
/// masks have DeepSpeed's names: `sparse_mask_scores`, `row_mask_scores`, `channel_mask_scores`, `head_pruning_scores`;
/// `sparse_pruning_mask` and so on.
package final class PruningMask: WeightTransform {
    /// What is kept or pruned as a whole.
    package let unit: PruningUnit
    package var isActive = true
    private let source: Source

    private enum Source {
        case fixed(Parameter)
        case trained(scores: Parameter, kept: Int)
    }

    /// A fixed mask that keeps the share `density`, rounded up, of units with the largest L1 norm in `weight`
    /// (DeepSpeed's `l1`).
    package convenience init(_ unit: PruningUnit, keeping density: Double, ofLargestIn weight: Tensor) {
        let norms = unit.norms(of: weight.detached)
        self.init(unit, fixed: norms.largestMask(keeping: Self.keptCount(density, of: norms)))
    }

    /// A fixed mask, of the shape that `PruningUnit.maskShape(of:)` gives, which its owner may replace.
    package init(_ unit: PruningUnit, fixed mask: Tensor) {
        self.unit = unit
        source = .fixed(Parameter(mask, isTrainable: false))
    }

    /// A mask that keeps the share `density`, rounded up, of units with the largest trained scores (DeepSpeed's
    /// `topk`).
    /// - Parameters:
    ///   - unit: what stays or goes as a whole.
    ///   - density: the share of units that stay, above 0 and at most 1.
    ///   - scores: to begin with, of the shape that `PruningUnit.maskShape(of:)` gives; see
    ///     `PruningUnit.initialScores(for:)`.
    package init(_ unit: PruningUnit, keeping density: Double, training scores: Tensor) {
        self.unit = unit
        source = .trained(scores: Parameter(scores), kept: Self.keptCount(density, of: scores))
    }

    /// ⌈density · count⌉ in double precision, as DeepSpeed counts.
    private static func keptCount(_ density: Double, of units: Tensor) -> Int {
        precondition(density >= 0 && density <= 1, "a share of \(density)")
        return Int((density * Double(units.elementCount)).rounded(.up))
    }

    /// The mask now, recorded where scores are trained.
    package var mask: Tensor {
        switch source {
        case .fixed(let mask): mask.detached
        case .trained(let scores, let kept): scores.value.largestMask(keeping: kept)
        }
    }

    /// The trained scores; nil for a fixed mask.
    package var scores: Parameter? {
        if case .trained(let scores, _) = source { scores } else { nil }
    }

    /// Gives a fixed mask other values.
    package func replace(by mask: Tensor) {
        guard case .fixed(let parameter) = source else { preconditionFailure("scores make this mask") }
        precondition(mask.shape == parameter.shape, "a mask \(mask.shape) in place of \(parameter.shape)")
        parameter.value = mask
    }

    package var stage: TransformStage {
        switch unit {
        case .element: .sparsity
        case .output: .outputs
        case .head: .heads
        }
    }

    package var storedParameters: [(name: String, parameter: Parameter)] {
        switch source {
        case .fixed(let mask): [(unit.storedName("pruning_mask", mask), mask)]
        case .trained(let scores, _):
            [(unit.storedName(unit.isHead ? "pruning_scores" : "mask_scores", scores), scores)]
        }
    }

    package func apply(to tensors: inout TransformedTensors) {
        let mask = mask, weight = tensors.weight
        precondition(
            mask.shape == unit.maskShape(of: weight.shape), "a mask \(mask.shape) for a weight \(weight.shape)")
        switch unit {
        case .element: tensors.weight = weight * mask
        case .output:
            tensors.weight = weight * mask
            if let bias = tensors.bias { tensors.bias = bias * mask.reshaped(bias.shape) }
        case .head(let count):
            let blocks = weight.reshaped([weight.shape[0], count, weight.shape[1] / count])
            tensors.weight = (blocks * mask.reshaped([1, count, 1])).reshaped(weight.shape)
        }
    }
}
