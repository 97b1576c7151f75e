import LatheTensor

/// The weight of a linear layer, `[out, in]`, in a form made for inference.
public protocol PackedLinearWeight: PackedWeight {
    /// Bytes that a product reads of it.
    var byteCount: Int { get }
    /// The arithmetic that inputs are prepared for.
    var arithmetic: PackedMatrix.Arithmetic { get }
    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor
}

extension PackedLinearWeight {
    public var outputs: Int { shape[0] }
    public var inputs: Int { shape[1] }

    public var activationGrid: ActivationGrid? {
        if case .integer(let grid) = arithmetic { grid } else { nil }
    }
}

extension WeightForm where Packed == any PackedLinearWeight {
    public var outputs: Int {
        switch self {
        case .dense(let parameter): parameter.shape[0]
        case .transformed(let weight): weight.parameter.shape[0]
        case .packed(let weight): weight.outputs
        }
    }

    public var inputs: Int {
        switch self {
        case .dense(let parameter): parameter.shape[1]
        case .transformed(let weight): weight.parameter.shape[1]
        case .packed(let weight): weight.inputs
        }
    }

    /// Bytes that a product reads of it.
    public var byteCount: Int {
        switch self {
        case .dense, .transformed: outputs * inputs * MemoryLayout<Float>.size
        case .packed(let weight): weight.byteCount
        }
    }
}
