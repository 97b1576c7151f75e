import LatheTensor

/// A table of vectors, looked up by number.
public final class Embedding: Module {
    /// `[rows, width]`
    @Child("weight") public var weight: WeightForm<any PackedEmbeddingWeight>
    /// The row that stands for padding: it begins as zeros, and lookups give it a zero gradient, which is not the same
    /// as none (its weight decay goes on).
    public let paddingIndex: Int?

    public init(rows: Int, width: Int, paddingIndex: Int? = nil, initializer: Initializer = .normal(deviation: 1)) {
        precondition(
            paddingIndex.map { $0 >= 0 && $0 < rows } ?? true,
            "padding index \(paddingIndex ?? 0) in a table of \(rows) rows")
        self.paddingIndex = paddingIndex
        weight = .dense(Parameter(Self.table(initializer, [rows, width], paddingIndex, .current)))
    }

    /// The table that training changes, `[rows, width]`.
    /// - Precondition: the weight is not packed.
    public var table: Parameter {
        guard let parameter = weight.parameter else { preconditionFailure("a packed table is not trained") }
        return parameter
    }

    /// Embeddings have none.
    public var bias: Parameter? { nil }
    public var rows: Int { weight.shape[0] }
    public var width: Int { weight.shape[1] }

    /// `[…, width]` for int32 ids `[…]`.
    public func callAsFunction(_ ids: Tensor) -> Tensor {
        switch weight {
        case .dense(let parameter): parameter.gathered(ids, paddingRow: paddingIndex)
        case .transformed(let weight): weight.gathered(ids, paddingRow: paddingIndex)
        case .packed(let weight): weight.gathered(ids)
        }
    }

    /// Begins anew with other numbers.
    func initialize(_ initializer: Initializer, from source: RandomSource) {
        guard let table = weight.parameter else { return }
        table.value = Self.table(initializer, table.shape, paddingIndex, source)
    }

    private static func table(_ initializer: Initializer, _ shape: [Int], _ paddingIndex: Int?, _ source: RandomSource)
        -> Tensor
    {
        let table = initializer.tensor(shape, from: source)
        guard let paddingIndex, Execution.current.drawsRandomNumbers else { return table }
        let parts = [table.sliced(0..<paddingIndex), .zeros([1, shape[1]]), table.sliced(paddingIndex + 1..<shape[0])]
        return .concatenated(parts)
    }
}
