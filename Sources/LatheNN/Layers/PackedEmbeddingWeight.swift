import LatheTensor

/// An embedding's table, `[rows, width]`, in a form made for inference: rows become floats when they are looked up.
public protocol PackedEmbeddingWeight: PackedWeight {
    /// The rows that int32 ids `[…]` name, `[…, width]`; nothing is recorded for `backward()`.
    func gathered(_ ids: Tensor) -> Tensor
}

extension Parameter {
    /// The rows of this table that int32 ids `[…]` name, `[…, width]`.
    func gathered(_ ids: Tensor, paddingRow: Int?) -> Tensor {
        isReadAsStored ? stored.gathered(ids) : value.gathered(ids, paddingRow: paddingRow)
    }
}
