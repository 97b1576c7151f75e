import LatheTensor

/// What weights take in files once they are packed, without packing a network.
package enum PackedSize {
    /// Bytes of the tensors that a file holds for a weight.
    /// - Parameters:
    ///   - values: float32 `[rows, …]`.
    ///   - grid: where the values lie; nil for floats.
    ///   - isForIntegers: whether 8-bit codes lie as bytes: the form of layers with quantised inputs, and of tables.
    ///   - leavesOutZeros: whether floats of which pruning has left few become sparse: linear layers and convolutions.
    ///   - floats: the type in which floats are stored.
    /// - Returns: nil where codes and scales do not give back every value, so that the weight would stay in floats.
    package static func bytes(
        of values: Tensor, on grid: ValueGrid?, isForIntegers: Bool, leavesOutZeros: Bool, floats: DType
    ) -> Int? {
        if let grid {
            return PackedTensor(exactly: values, on: grid, isForIntegers: isForIntegers).map {
                bytes($0.storedTensors, floats)
            }
        }
        if leavesOutZeros, let sparse = SparseFloats(values) { return bytes(sparse.storedTensors, floats) }
        return values.elementCount * floats.byteWidth
    }

    private static func bytes(_ tensors: [(suffix: String, tensor: Tensor)], _ floats: DType) -> Int {
        tensors.reduce(0) { sum, stored in
            sum
                + (PackedForm.isKeptFloats(stored.suffix, stored.tensor.dtype)
                    ? stored.tensor.elementCount * floats.byteWidth : stored.tensor.byteCount)
        }
    }
}
