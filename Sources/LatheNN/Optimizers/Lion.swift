import LatheTensor

/// Steps of one size, in the direction of the sign of a running average (arXiv:2302.06675), as DeepSpeed's `FusedLion`:
///
///     p = p (1 - rate · decay) - rate · sign(β₁ m + (1 - β₁) g)        m = β₂ m + (1 - β₂) g
///
/// The sign of 0 is 0, so that padding rows stay as they are; DeepSpeed's kernels take a step there.
public final class Lion: MomentumOptimizer {
    public let groups: [ParameterGroup]
    public var learningRate: Float
    public var betas: (Float, Float)
    package var state = OptimizerState()
    package let slotNames = ["exp_avg"]

    public init(_ groups: [ParameterGroup], learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.99) {
        self.groups = groups.checked()
        self.learningRate = learningRate
        betas = (beta1, beta2)
    }

    package func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float
    ) {
        parameter.update(
            LionUpdate(
                learningRate: learningRate, beta1: betas.0, beta2: betas.1, weightDecay: weightDecay,
                gradientScale: gradientScale),
            gradient: gradient, average: &entry.slots)
    }
}
