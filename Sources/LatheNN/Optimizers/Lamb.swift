import LatheTensor

/// Adam whose step is scaled, for each parameter, by the ratio of the parameter's norm to the step's
/// (arXiv:1904.00962), as DeepSpeed's `FusedLamb`:
///
///     m = β₁ m + (1 - β₁) g        v = β₂ v + (1 - β₂) g²        u = m / (√v + ε) + decay · p
///     p = p - rate · √(1 - β₂ᵏ) / (1 - β₁ᵏ) · clamp(‖p‖ / ‖u‖) · u
///
/// The ratio is 1 where a norm is 0.
public final class Lamb: MomentumOptimizer {
    /// The constants of `Lamb`.
    public struct Constants: Sendable, Hashable, Codable {
        public var adam: Adam.Constants
        /// Whether running averages are corrected for beginning at 0.
        public var correctsBias = true
        /// Whether ε is added to the mean square, and not to its root.
        public var hasEpsilonInRoot = false
        /// The least and the largest ratio of a parameter's norm to its step's.
        public var leastTrust: Float = 0.01
        public var largestTrust: Float = 10

        public init(adam: Adam.Constants = .init()) { self.adam = adam }
    }

    public let groups: [ParameterGroup]
    public var learningRate: Float
    public var constants: Constants
    package var state = OptimizerState()
    package let slotNames = Adam.Constants.slotNames

    public init(_ groups: [ParameterGroup], learningRate: Float, constants: Constants = .init()) {
        self.groups = groups.checked()
        self.learningRate = learningRate
        self.constants = constants
    }

    public var betas: (Float, Float) {
        get { (constants.adam.beta1, constants.adam.beta2) }
        set { (constants.adam.beta1, constants.adam.beta2) = newValue }
    }

    package func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float
    ) {
        let adam = constants.adam
        parameter.update(
            LambUpdate(
                learningRate: learningRate, beta1: adam.beta1, beta2: adam.beta2, epsilon: adam.epsilon,
                hasEpsilonInRoot: constants.hasEpsilonInRoot,
                correctsBias: constants.correctsBias,
                trust: constants.leastTrust...max(constants.leastTrust, constants.largestTrust),
                weightDecay: weightDecay,
                step: entry.step, gradientScale: gradientScale),
            gradient: gradient, moments: &entry.slots)
    }
}
