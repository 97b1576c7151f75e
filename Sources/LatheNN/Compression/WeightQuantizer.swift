import LatheTensor

/// Fake quantisation of a weight: the layer computes with values that few bits can hold, and the float weight learns
/// through it, straight through.
package final class WeightQuantizer: WeightTransform {
    /// What shares a scale.
    package enum Groups: Sendable, Hashable {
        /// This many equal runs of the flattened weight.
        case count(Int)
        /// Every row of the first axis: embeddings.
        case rows
    }

    package let groups: Groups
    package let grid: QuantizationGrid
    package let rounding: FakeQuantization.Rounding
    /// The bits at the end of a schedule.
    package let targetBits: Int
    /// The bits in force, which a schedule lowers to `targetBits`. A baked weight has those in force when it is baked.
    package var bits: Int
    /// ρ, the share of the float weight in what the layer computes with: `ρ w + (1 - ρ) q(w)`. A schedule lowers it to
    /// 0. While it is above 0, a baked weight does not lie on a grid.
    package var floatShare: Float = 0
    package var isActive = true
    /// What the period was, or will be, multiplied by at each of the drops to come, 0 where that is open,
    /// `[startBits - bits]`: the memory of a schedule that follows measurements. Stored as
    /// `weight_quantizer.period_factors`; nil where there is nothing to remember.
    package let periodFactors: Parameter?
    /// Whether grids are drawn in to where their squared error is least, which pays where training does not follow.
    package var searchesRange = false

    /// - Parameters:
    ///   - bits: 1...16; with 1 and 2 bits the grid is symmetric.
    ///   - startBits: the bits to begin with; `bits` unless given.
    ///   - grid: symmetric about 0, or between the smallest and the largest value.
    ///   - groups: a count must divide the number of weights.
    ///   - rounding: in training; baked weights are rounded to nearest.
    ///   - keepsPeriodFactors: whether it remembers what periods were multiplied by.
    package init(
        bits: Int, startBits: Int? = nil, grid: QuantizationGrid = .symmetric, groups: Groups = .count(1),
        rounding: FakeQuantization.Rounding = .nearest, keepsPeriodFactors: Bool = false
    ) {
        (targetBits, self.bits, self.grid, self.groups, self.rounding) = (
            bits, startBits ?? bits, grid, groups, rounding
        )
        periodFactors =
            keepsPeriodFactors && self.bits > bits ? Parameter(.zeros([self.bits - bits]), isTrainable: false) : nil
        precondition(self.bits >= targetBits, "quantisation from \(self.bits) to \(targetBits) bits")
        _ = FakeQuantization(bits: targetBits, grid: grid)  // traps on what does not go together
    }

    package var stage: TransformStage { .quantization }
    package var actsOnRows: Bool { groups == .rows && rounding == .nearest }

    package var storedParameters: [(name: String, parameter: Parameter)] {
        periodFactors.map { [("weight_quantizer.period_factors", $0)] } ?? []
    }

    package func apply(to tensors: inout TransformedTensors) {
        tensors.weight = quantized(
            tensors.weight, FakeQuantization(bits: bits, grid: grid, rounding: rounding, searchesRange: searchesRange))
    }

    package func bake(into tensors: inout TransformedTensors) {
        let quantization = FakeQuantization(bits: bits, grid: grid, searchesRange: searchesRange)
        if floatShare == 0 {
            tensors.grid = ValueGrid(of: tensors.weight, quantization, groupCount: groupCount(tensors.weight))
        }
        tensors.weight = quantized(tensors.weight, quantization)
    }

    private func quantized(_ weight: Tensor, _ quantization: FakeQuantization) -> Tensor {
        let rounded = weight.fakeQuantized(quantization, groupCount: groupCount(weight))
        return floatShare > 0 ? weight * floatShare + rounded * (1 - floatShare) : rounded
    }

    private func groupCount(_ weight: Tensor) -> Int {
        switch groups {
        case .count(let count): count
        case .rows: max(weight.shape[0], 1)
        }
    }
}
