import LatheTensor

/// Quantisation in the optimizer's step (MoQ: mixture of quantisation), with bits that fall as training goes on: after
/// each step the weights that the network computes with are rounded, while the optimizer goes on from its float copies.
///
/// A weight loses a bit when the step count reaches its period, and then the period is doubled and multiplied by its
/// factor. While weights are mixed, a rounded weight is `ρ w + (1 - ρ) q(w)`; ρ falls from 1 by `mixingStep` a step,
/// for all weights together, and returns to 1 when one of them loses a bit. Source: DeepSpeed `runtime/quantize.py`.
public struct OptimizerStepQuantization: Sendable, Hashable, Codable {
    /// Where one weight stands.
    public struct Bits: Sendable, Hashable, Codable {
        /// What it has now.
        public var current: Int
        public let target: Int
        /// The step count at which it loses the next bit.
        public var period: Int

        public init(from start: Int, to target: Int, period: Int) {
            precondition(
                start >= target && target >= 1 && start <= 16 && period >= 0,
                "bits from \(start) to \(target), period \(period)")
            (current, self.target, self.period) = (start, target, period)
        }
    }

    /// One entry a weight; nil for those that stay as they are.
    public private(set) var bits: [Bits?]
    /// Steps taken, those that overflowed not counted.
    public private(set) var stepCount = 0
    /// ρ, the share of the unrounded weight.
    public private(set) var ratio = 1.0
    public let groupCount: Int
    public let grid: QuantizationGrid
    public let rounding: FakeQuantization.Rounding
    /// What ρ falls by; nil where weights are not mixed.
    public let mixingStep: Double?

    public init(
        bits: [Bits?], groupCount: Int = 1, grid: QuantizationGrid = .symmetric,
        rounding: FakeQuantization.Rounding = .nearest,
        mixingStep: Double? = nil
    ) {
        (self.bits, self.groupCount, self.grid, self.rounding, self.mixingStep) = (
            bits, groupCount, grid, rounding, mixingStep
        )
    }

    /// The rounded forms of weights that an optimizer's step has just made. Weights with fewer than two axes stay as
    /// they are.
    /// - Parameters:
    ///   - weights: as `bits` has them.
    ///   - factors: what each weight's period is multiplied by, beside 2, when it loses a bit; 1 unless given.
    ///   - overflowed: whether the step was skipped because gradients were not finite. Nothing is done then.
    ///   - source: the random numbers of stochastic rounding.
    public mutating func step(
        _ weights: [Tensor], factors: [Int]? = nil, overflowed: Bool = false, from source: RandomSource = .current
    ) -> [Tensor] {
        precondition(
            weights.count == bits.count && factors?.count ?? weights.count == weights.count,
            "\(weights.count) weights, \(bits.count) expected")
        if overflowed { return weights }
        stepCount += 1
        if let mixingStep { ratio = ratio > 0 ? ratio - mixingStep : 0 }
        return weights.indices.map { index in
            guard weights[index].rank >= 2, let current = lowered(index, factor: factors?[index] ?? 1) else {
                return weights[index]
            }
            let weight = weights[index].detached
            let rounded = weight.fakeQuantized(
                FakeQuantization(bits: current, grid: grid, rounding: rounding), groupCount: groupCount, from: source)
            return mixingStep == nil ? rounded : weight * Float(ratio) + rounded * Float(1 - ratio)
        }
    }

    /// The bits of a weight in this step, one less where its period is over.
    private mutating func lowered(_ index: Int, factor: Int) -> Int? {
        guard var weight = bits[index] else { return nil }
        if weight.current != weight.target && stepCount >= weight.period {
            weight.current -= 1
            let (period, overflows) = weight.period.multipliedReportingOverflow(by: 2 * factor)
            weight.period = overflows ? .max : period
            ratio = 1
            bits[index] = weight
        }
        return weight.current
    }
}
