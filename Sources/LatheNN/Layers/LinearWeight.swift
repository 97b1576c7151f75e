import LatheTensor

/// The weight of a linear layer: what training changes, or what a packed model computes with. The layer stays the same type.
public enum LinearWeight {
    /// Trainable floats, `[out, in]`.
    case dense(Parameter)
    /// A form that only inference uses.
    case packed(any PackedLinearWeight)

    public var outputs: Int {
        switch self {
        case .dense(let parameter): parameter.shape[0]
        case .packed(let weight): weight.outputs
        }
    }

    public var inputs: Int {
        switch self {
        case .dense(let parameter): parameter.shape[1]
        case .packed(let weight): weight.inputs
        }
    }
}

extension LinearWeight: ModuleMember {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        switch self {
        case .dense(let parameter): visitor.visit(parameter, at: path)
        case .packed(let weight): visitor.visit(weight.storedTensors, at: path)
        }
    }
}

/// A weight in a form made for inference, with a matrix product of its own.
public protocol PackedLinearWeight: AnyObject {
    var outputs: Int { get }
    var inputs: Int { get }
    /// What inputs must be prepared for.
    var arithmetic: PackedMatrix.Arithmetic { get }
    /// What a checkpoint holds of this weight; a suffix is put behind the weight's path (`weight` + `_scale`).
    var storedTensors: [(suffix: String, tensor: Tensor)] { get }
    /// The float values that this weight stands for, `[out, in]`.
    var unpacked: Tensor { get }
    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor
}

/// The input of one or several linear layers. Layers with packed weights prepare it (round, quantise) once and share the result.
public final class LinearInput {
    /// `[…, in]`
    public let tensor: Tensor
    private var prepared: [PackedMatrix.Arithmetic: PreparedInput] = [:]

    public init(_ tensor: Tensor) {
        self.tensor = tensor
    }

    /// The input for products in `arithmetic`, made at the first call.
    func prepared(for arithmetic: PackedMatrix.Arithmetic) -> PreparedInput {
        if let input = prepared[arithmetic] { return input }
        let input = PreparedInput(tensor, for: arithmetic)
        prepared[arithmetic] = input
        return input
    }
}
