import LatheTensor

/// The weight of a linear layer: what training changes, or what a packed model computes with. The layer stays the same
/// type.
public enum LinearWeight {
    /// Trainable floats, `[out, in]`.
    case dense(Parameter)
    /// The same, seen through masks and fake quantisers.
    case transformed(TransformedWeight)
    /// A form that only inference uses.
    case packed(any PackedLinearWeight)

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

extension LinearWeight: LayerWeight {
    public var parameter: Parameter? {
        switch self {
        case .dense(let parameter): parameter
        case .transformed(let weight): weight.parameter
        case .packed: nil
        }
    }

    public var transformed: TransformedWeight? {
        if case .transformed(let weight) = self { weight } else { nil }
    }

    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        switch self {
        case .dense(let parameter): visitor.visit(parameter, at: path)
        case .transformed(let weight): weight.visit(at: path, &visitor)
        case .packed(let weight): visitor.visit(packed: path) { weight.storedTensors }
        }
    }
}

/// A weight in a form made for inference, with a matrix product of its own.
public protocol PackedLinearWeight: AnyObject {
    var outputs: Int { get }
    var inputs: Int { get }
    /// Bytes that a product reads of it.
    var byteCount: Int { get }
    /// What inputs must be prepared for.
    var arithmetic: PackedMatrix.Arithmetic { get }
    /// What a checkpoint holds of this weight; a suffix is put behind the weight's path (`weight` + `_scale`).
    var storedTensors: [(suffix: String, tensor: Tensor)] { get }
    /// The float values that this weight stands for, `[out, in]`.
    var unpacked: Tensor { get }
    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor
}

/// The input of one or several layers. What they compute from it alike, they compute once and share: packed weights
/// prepare it (round, quantise), input transforms put another input in its place.
public final class LinearInput {
    /// `[…, in]`
    public let tensor: Tensor
    /// Its smallest and largest element.
    public private(set) lazy var extremes = tensor.extremes()
    private var prepared: [PackedMatrix.Arithmetic: PreparedInput] = [:]
    private var derived: [AnyHashable: LinearInput] = [:]

    public init(_ tensor: Tensor) {
        self.tensor = tensor
    }

    /// The input that `transform` makes of this one, made at the first call with this key and shared from then on, with
    /// its gradient. The key names the function and all that it depends on.
    public func derived(_ key: some Hashable, _ transform: (Tensor) -> Tensor) -> LinearInput {
        if let input = derived[key] { return input }
        let input = LinearInput(transform(tensor))
        derived[key] = input
        return input
    }

    /// The input for products in `arithmetic`, made at the first call.
    func prepared(for arithmetic: PackedMatrix.Arithmetic) -> PreparedInput {
        if let input = prepared[arithmetic] { return input }
        let input = PreparedInput(tensor, for: arithmetic)
        prepared[arithmetic] = input
        return input
    }
}
