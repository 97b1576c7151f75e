import LatheTensor

/// Layer normalisation over the last axis (Ba et al., arXiv:1607.06450).
public final class LayerNorm: Module {
    /// `[width]`, at first ones.
    @Child("weight") public var weight: Parameter
    /// `[width]`, at first zeros.
    @Child("bias") public var bias: Parameter
    /// Added to the variance.
    public var epsilon: Float

    public init(width: Int, epsilon: Float = 1e-5) {
        self.epsilon = epsilon
        weight = Parameter(.ones([width]))
        bias = Parameter(.zeros([width]))
    }

    /// `[…, width]` for `[…, width]`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.layerNorm(gain: weight.value, bias: bias.value, epsilon: epsilon)
    }
}
