/// An index or a range of an axis, for the subscript of a tensor.
public protocol TensorIndex {
    /// Returns the indices of an axis of `size`, and whether the result keeps the axis: a single index removes it.
    func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool)
}

extension Int: TensorIndex {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (self..<self + 1, false) }
}

extension Range: TensorIndex where Bound == Int {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (self, true) }
}

extension ClosedRange: TensorIndex where Bound == Int {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (Range(self), true) }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (lowerBound..<size, true) }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (0..<upperBound, true) }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
    public func part(of size: Int) -> (range: Range<Int>, keepsAxis: Bool) { (0..<upperBound + 1, true) }
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
            let (range, keepsAxis) = index.part(of: result.shape[axis])
            result =
                keepsAxis ? result.sliced(range, axis: axis) : result.selected(range.lowerBound, axis: axis)
            if keepsAxis { axis += 1 }
        }
        return result
    }
}
