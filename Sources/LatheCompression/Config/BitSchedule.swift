/// Bits that fall during training, one at a time, each staying longer than the last (MoQ).
///
/// The k-th bit goes at step `period × (2 × stretch)^(k-1)`, or at step k if the period is 0. Where each drop has a
/// stretch of its own, the power is their product. Source: DeepSpeed `deepspeed/runtime/quantize.py`, in closed form.
package struct BitSchedule: Sendable, Hashable {
    package let startBits: Int
    package let targetBits: Int
    /// Steps until the first bit goes.
    package let period: Int
    /// How much the curvature of the loss stretches each further period: `1 + floor(4 λ)` for an eigenvalue λ of 0…1.
    package let stretch: Int
    /// The stretch of the steepest block, whose eigenvalue is 1.
    static let largestStretch = Self.stretch(eigenvalue: 1)

    /// `1 + floor(4 λ)` for an eigenvalue λ of 0…1. Source: DeepSpeed `deepspeed/runtime/quantize.py`.
    static func stretch(eigenvalue: Double) -> Int { 1 + Int((4 * eigenvalue).rounded(.down)) }

    /// What the first drops stretch the period behind them by, in place of `stretch`.
    package var firstStretches: [Int] = []

    package init(_ bits: CompressionConfig.WeightQuantization.Bits, stretch: Int = 1) {
        (startBits, targetBits, period, self.stretch) = (bits.startBits, bits.targetBits, bits.period, stretch)
    }

    /// The bits in force when `steps` steps have been taken since quantization began.
    package func bits(after steps: Int) -> Int {
        var bits = startBits
        while bits > targetBits, dropStep(startBits - bits + 1) <= steps { bits -= 1 }
        return bits
    }

    /// Steps from the beginning to the last drop of the first `steps`; 0 if there was none.
    package func lastDrop(upTo steps: Int) -> Int {
        let dropped = startBits - bits(after: steps)
        return dropped > 0 ? dropStep(dropped) : 0
    }

    /// Steps from the beginning to the last drop; 0 if no bit goes, `Int.max` if it is beyond counting.
    package var lastDrop: Int { startBits > targetBits ? dropStep(startBits - targetBits) : 0 }

    /// Steps from the beginning to the drop with number `number`, counted from 1; `Int.max` if it is beyond counting.
    func dropStep(_ number: Int) -> Int {
        guard period > 0 else { return number }
        var step = period
        for drop in 0..<number - 1 {
            let stretch = firstStretches.indices.contains(drop) ? firstStretches[drop] : stretch
            let (product, overflow) = step.multipliedReportingOverflow(by: 2 * stretch)
            if overflow { return .max }
            step = product
        }
        return step
    }
}
