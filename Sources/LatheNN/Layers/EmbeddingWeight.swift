import LatheTensor

/// The table of an embedding. The layer stays the same type.
public enum EmbeddingWeight {
    /// Trainable floats, `[rows, width]`.
    case dense(Parameter)
    /// The same, seen through fake quantisers.
    case shaped(ShapedWeight)
}

extension EmbeddingWeight: LayerWeight {
    public var parameter: Parameter? {
        switch self {
        case .dense(let parameter): parameter
        case .shaped(let weight): weight.parameter
        }
    }

    public var shaped: ShapedWeight? {
        if case .shaped(let weight) = self { weight } else { nil }
    }

    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        switch self {
        case .dense(let parameter): visitor.visit(parameter, at: path)
        case .shaped(let weight): weight.visit(at: path, &visitor)
        }
    }
}
