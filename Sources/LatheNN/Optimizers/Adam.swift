import LatheTensor

/// Adam (Kingma & Ba, arXiv:1412.6980), as torch's `Adam`. For the k-th update of a parameter:
///
///     g = g + decay · p
///     m = β₁ m + (1 - β₁) g        v = β₂ v + (1 - β₂) g²
///     p = p - rate / (1 - β₁ᵏ) · m / (√(v / (1 - β₂ᵏ)) + ε)
public class Adam: MomentumOptimizer {
    /// The constants of Adam, which its authors recommend as they are here.
    public struct Constants: Sendable, Hashable, Codable {
        /// How slowly the mean of the gradient changes.
        public var beta1: Float
        /// How slowly the mean of its square changes.
        public var beta2: Float
        /// Added to the root of the mean square.
        public var epsilon: Float

        public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
            (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        }
    }

    public let groups: [ParameterGroup]
    public var learningRate: Float
    public var constants: Constants
    package var state = OptimizerState()
    package let slotNames = Constants.slotNames
    /// Whether weight decay shrinks the parameter itself, and is not part of the gradient.
    private let decouplesWeightDecay: Bool

    public convenience init(_ groups: [ParameterGroup], learningRate: Float, constants: Constants = .init()) {
        self.init(groups, learningRate: learningRate, constants: constants, decouplesWeightDecay: false)
    }

    fileprivate init(
        _ groups: [ParameterGroup], learningRate: Float, constants: Constants, decouplesWeightDecay: Bool
    ) {
        self.groups = groups.checked()
        self.learningRate = learningRate
        self.constants = constants
        self.decouplesWeightDecay = decouplesWeightDecay
    }

    public var betas: (Float, Float) {
        get { (constants.beta1, constants.beta2) }
        set { (constants.beta1, constants.beta2) = newValue }
    }

    package func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float
    ) {
        let numbers = AdamUpdate(
            learningRate: learningRate, beta1: constants.beta1, beta2: constants.beta2, epsilon: constants.epsilon,
            weightDecay: weightDecay, isDecoupled: decouplesWeightDecay, step: entry.step, gradientScale: gradientScale)
        parameter.update(numbers, gradient: gradient, moments: &entry.slots)
    }
}

/// Adam with decoupled weight decay (Loshchilov & Hutter, arXiv:1711.05101), as torch's `AdamW`: in place of
/// `g = g + decay · p`, an update begins with `p = p (1 - rate · decay)`.
public final class AdamW: Adam {
    public convenience init(_ groups: [ParameterGroup], learningRate: Float, constants: Constants = .init()) {
        self.init(groups, learningRate: learningRate, constants: constants, decouplesWeightDecay: true)
    }
}

extension Adam.Constants {
    /// torch's names.
    static let slotNames = ["exp_avg", "exp_avg_sq"]
}
