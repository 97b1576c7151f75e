import LatheTensor

/// Root-mean-square normalisation over the last axis (Zhang & Sennrich, arXiv:1910.07467).
public final class RMSNorm: Module {
    /// `[width]`, at first ones.
    @Child("weight") public var weight: Parameter
    /// Added to the mean square.
    public var epsilon: Float

    public init(width: Int, epsilon: Float = 1e-6) {
        self.epsilon = epsilon
        weight = Parameter(.ones([width]))
    }

    /// `[…, width]` for `[…, width]`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.rmsNorm(gain: weight.value, epsilon: epsilon)
    }
}
