import LatheTensor

/// Steps that shrink with the sum of all squared gradients so far (Duchi et al., JMLR 2011), as torch's `Adagrad`:
///
///     g = g + decay · p        s = s + g²        p = p - rate / (1 + (k - 1) · rateDecay) · g / (√s + ε)
public final class Adagrad: RestorableOptimizer {
    /// The constants of `Adagrad`.
    public struct Constants: Sendable, Hashable, Codable {
        /// Added to the root of the sum of squares.
        public var epsilon: Float
        /// How fast the rate falls: `rate / (1 + (k - 1) · rateDecay)` at the k-th update.
        public var rateDecay: Float
        /// The sums to begin with.
        public var initialSum: Float

        public init(epsilon: Float = 1e-10, rateDecay: Float = 0, initialSum: Float = 0) {
            (self.epsilon, self.rateDecay, self.initialSum) = (epsilon, rateDecay, initialSum)
        }
    }

    public let groups: [ParameterGroup]
    public var learningRate: Float
    public let constants: Constants
    package var state = OptimizerState()
    package let slotNames = ["sum"]

    public init(_ groups: [ParameterGroup], learningRate: Float, constants: Constants = .init()) {
        self.groups = groups.checked()
        self.learningRate = learningRate
        self.constants = constants
    }

    package func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float
    ) {
        if entry.step == 1, constants.initialSum != 0 { entry.slots = [.full(parameter.shape, constants.initialSum)] }
        let rate = learningRate / (1 + Float(entry.step - 1) * constants.rateDecay)
        parameter.update(
            AdagradUpdate(
                learningRate: rate, epsilon: constants.epsilon, weightDecay: weightDecay, gradientScale: gradientScale),
            gradient: gradient,
            sums: &entry.slots)
    }
}
