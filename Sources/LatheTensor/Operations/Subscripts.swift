/// An index or a range of an axis, for the subscript of a tensor.
public protocol TensorIndex {
    /// The indices of an axis of `size`; an axis of a single index disappears.
    func part(of size: Int) -> TensorPart
}

/// The part of an axis that a `TensorIndex` stands for.
public enum TensorPart {
    case index(Int)
    case range(Range<Int>)
}

extension Int: TensorIndex {
    public func part(of size: Int) -> TensorPart { .index(self) }
}

extension Range: TensorIndex where Bound == Int {
    public func part(of size: Int) -> TensorPart { .range(self) }
}

extension ClosedRange: TensorIndex where Bound == Int {
    public func part(of size: Int) -> TensorPart { .range(Range(self)) }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
    public func part(of size: Int) -> TensorPart { .range(lowerBound..<size) }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
    public func part(of size: Int) -> TensorPart { .range(0..<upperBound) }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
    public func part(of size: Int) -> TensorPart { .range(0..<upperBound + 1) }
}

extension Tensor {
    /// A part of the tensor, an index or a range for each axis from the first on; further axes are kept whole.
    ///
    /// ```swift
    /// hidden[0]           // the first sequence: [tokens, hidden]
    /// hidden[0..., 0]     // the first token of each sequence: [batch, hidden]
    /// logits[1, 2..<4]    // two tokens of the second sequence: [2, vocabulary]
    /// ```
    ///
    /// Along the first axis nothing is copied. Gradients flow through it.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        precondition(indices.count <= rank, "\(indices.count) indices for a tensor of shape \(shape)")
        var result = self, axis = 0
        for index in indices {
            switch index.part(of: result.shape[axis]) {
            case .index(let index): result = result.selected(index, axis: axis)
            case .range(let range):
                result = result.sliced(range, axis: axis)
                axis += 1
            }
        }
        return result
    }
}
