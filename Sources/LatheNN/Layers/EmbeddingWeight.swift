import LatheTensor

/// The table of an embedding. The layer stays the same type.
public enum EmbeddingWeight {
    /// Trainable floats, `[rows, width]`.
    case dense(Parameter)
    /// The same, seen through fake quantisers.
    case transformed(TransformedWeight)
    /// A form that only inference uses.
    case packed(any PackedEmbeddingWeight)

    /// `[rows, width]`
    public var shape: [Int] {
        switch self {
        case .dense(let parameter): parameter.shape
        case .transformed(let weight): weight.parameter.shape
        case .packed(let weight): [weight.rows, weight.width]
        }
    }
}

extension EmbeddingWeight: LayerWeight {
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

extension Parameter {
    /// The rows of this table that int32 ids `[…]` name, `[…, width]`.
    func gathered(_ ids: Tensor, paddingRow: Int?) -> Tensor {
        isReadAsStored ? stored.gathered(ids) : value.gathered(ids, paddingRow: paddingRow)
    }
}

/// An embedding's table in a form made for inference: rows become floats when they are looked up.
public protocol PackedEmbeddingWeight: AnyObject {
    var rows: Int { get }
    var width: Int { get }
    /// What a checkpoint holds of this table; a suffix is put behind the weight's path.
    var storedTensors: [(suffix: String, tensor: Tensor)] { get }
    /// The float values that this table stands for, `[rows, width]`.
    var unpacked: Tensor { get }
    /// The rows that int32 ids `[…]` name, `[…, width]`; nothing is recorded for `backward()`.
    func gathered(_ ids: Tensor) -> Tensor
}
