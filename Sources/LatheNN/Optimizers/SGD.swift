import LatheTensor

/// Gradient descent with momentum, as torch's `SGD` (without dampening):
///
///     g = g + decay · p        velocity = momentum · velocity + g
///     p = p - rate · velocity                       (Nesterov: p - rate · (g + momentum · velocity))
public final class SGD: RestorableOptimizer {
    public let groups: [ParameterGroup]
    public var learningRate: Float
    /// 0 keeps no velocity.
    public let momentum: Float
    /// Whether the gradient is looked at from where the velocity leads (Sutskever et al., ICML 2013).
    public let isNesterov: Bool
    package var state = OptimizerState()
    /// torch's name.
    package var slotNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }

    public init(_ groups: [ParameterGroup], learningRate: Float, momentum: Float = 0, isNesterov: Bool = false) {
        precondition(momentum > 0 || !isNesterov, "Nesterov's method needs a momentum")
        self.groups = groups.checked()
        self.learningRate = learningRate
        self.momentum = momentum
        self.isNesterov = isNesterov
    }

    package func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float
    ) {
        let numbers = MomentumUpdate(
            learningRate: learningRate, momentum: momentum, isNesterov: isNesterov, weightDecay: weightDecay,
            gradientScale: gradientScale)
        parameter.update(numbers, gradient: gradient, velocity: &entry.slots)
    }
}
