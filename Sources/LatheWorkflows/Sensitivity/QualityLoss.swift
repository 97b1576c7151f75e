import LatheTensor

/// How far a network's outputs are from what they were.
public struct QualityLoss: Sendable, Hashable {
    /// The mean Kullback-Leibler divergence of the classes' probabilities from the original's, in nats. Where outputs
    /// are numbers and not classes: half their mean squared difference, as a share of the original's variance, which is
    /// the divergence of normal distributions of that variance.
    public var divergence: Double
    /// The share of places whose likeliest class is another one; nil for outputs that are numbers.
    public var changed: Double?

    public init(divergence: Double, changed: Double?) {
        (self.divergence, self.changed) = (divergence, changed)
    }
}

/// A network's outputs as they were, for comparing.
struct ReferenceOutputs {
    /// One batch each: `[places, classes]` of log-probabilities, or `[places, width]` of numbers.
    private let rows: [Tensor]
    private let answers: [[Int32]]
    private let areClasses: Bool
    private let variance: Double

    /// - Parameter rows: logits, or numbers, a batch each.
    init(_ rows: [Tensor], areClasses: Bool) {
        self.areClasses = areClasses
        self.rows = areClasses ? rows.map { $0.logSoftmax() } : rows
        answers = areClasses ? rows.map { $0.argmax().int32Array } : []
        variance = areClasses ? 1 : Self.variance(rows)
    }

    private static func variance(_ rows: [Tensor]) -> Double {
        let count = Double(rows.reduce(0) { $0 + $1.elementCount })
        let mean = rows.reduce(0) { $0 + Double($1.sum().scalar) } / max(count, 1)
        let squares = rows.reduce(0) { $0 + Double(($1 - Float(mean)).sumOfSquares()) }
        return max(squares / max(count, 1), .leastNormalMagnitude)
    }

    /// How far other outputs for the same batches are from these. Outputs that are no numbers any more are infinitely
    /// far.
    func damage(of others: [Tensor]) -> QualityLoss {
        var sum = 0.0, changed = 0, places = 0
        for (index, (before, after)) in zip(rows, others).enumerated() {
            places += before.shape[0]
            if areClasses {
                sum += Double((before.exponential() * (before - after.logSoftmax())).sum().scalar)
                changed += zip(answers[index], after.argmax().int32Array).count { $0 != $1 }
            } else {
                sum += Double((before - after).sumOfSquares()) / (2 * variance) / Double(max(before.shape[1], 1))
            }
        }
        let divergence = sum / Double(max(places, 1))
        return QualityLoss(
            divergence: divergence.isFinite ? max(divergence, 0) : .infinity,
            changed: areClasses ? Double(changed) / Double(max(places, 1)) : nil)
    }
}
