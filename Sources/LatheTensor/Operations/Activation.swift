import LatheKernels

/// Activation functions that a matrix product can apply to its result while it is in registers.
public enum Activation: String, Sendable, CaseIterable {
    case identity, relu
    /// x Φ(x) with the error function (BERT).
    case gelu
    /// GELU's tanh approximation (GPT-2).
    case geluTanh
    case silu, tanh

    var kernel: lathe_activation {
        switch self {
        case .identity: LATHE_ACTIVATION_NONE
        case .relu: LATHE_ACTIVATION_RELU
        case .gelu: LATHE_ACTIVATION_GELU_ERF
        case .geluTanh: LATHE_ACTIVATION_GELU_TANH
        case .silu: LATHE_ACTIVATION_SILU
        case .tanh: LATHE_ACTIVATION_TANH
        }
    }

    /// The elementwise kernel of the same function; nil for `identity`.
    var unary: lathe_unary? {
        switch self {
        case .identity: nil
        case .relu: LATHE_RELU
        case .gelu: LATHE_GELU_ERF
        case .geluTanh: LATHE_GELU_TANH
        case .silu: LATHE_SILU
        case .tanh: LATHE_TANH
        }
    }
}

extension Tensor {
    /// `activation` of every element.
    public func activated(_ activation: Activation) -> Tensor {
        switch activation {
        case .identity: self
        case .relu: relu()
        case .gelu: gelu()
        case .geluTanh: geluTanh()
        case .silu: silu()
        case .tanh: tanh()
        }
    }
}
