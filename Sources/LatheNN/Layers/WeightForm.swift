import LatheTensor

/// The weight of a layer: what training changes, or what a packed model computes with. The layer stays the same type.
///
/// `Packed` is the protocol of the packed weights that the layer computes with, which refines ``PackedWeight``:
/// `WeightForm<any PackedLinearWeight>`.
public enum WeightForm<Packed> {
    /// Trainable floats, `[outputs, …]`.
    case dense(Parameter)
    /// The same, seen through masks and fake quantisers.
    case transformed(TransformedWeight)
    /// A form that only inference uses.
    case packed(Packed)
}

/// A weight in a form made for inference.
public protocol PackedWeight: AnyObject {
    /// The shape of the weight that it stands for, `[outputs, …]`.
    var shape: [Int] { get }
    /// What a checkpoint holds of it; a suffix is put behind the weight's path (`weight` + `_scale`).
    var storedTensors: [(suffix: String, tensor: Tensor)] { get }
    /// The float values that it stands for, of ``shape``.
    var unpacked: Tensor { get }
    /// The grid on which its product rounds activations; `nil` if it takes them as they are.
    var activationGrid: ActivationGrid? { get }
}

extension PackedWeight {
    public var activationGrid: ActivationGrid? { nil }
}

extension WeightForm: LayerWeight {
    public init?(packed weight: any PackedWeight) {
        guard let weight = weight as? Packed else { return nil }
        self = .packed(weight)
    }

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

    public var packedWeight: (any PackedWeight)? {
        guard case .packed(let packed) = self else { return nil }
        guard let weight = packed as? any PackedWeight else {
            preconditionFailure("\(Packed.self) does not refine PackedWeight")
        }
        return weight
    }

    public var shape: [Int] {
        if let parameter { return parameter.shape }
        return packedWeight?.shape ?? []
    }

    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        switch self {
        case .dense(let parameter): visitor.visit(parameter, at: path)
        case .transformed(let weight): weight.visit(at: path, &visitor)
        case .packed: visitor.visit(packed: path) { packedWeight?.storedTensors ?? [] }
        }
    }
}
