import LatheTensor

/// The two axes of a weight that block patterns count: outputs, and what each reads. For a convolution's
/// `[out, in, height, width]` these are `[out, height · width · in]`, in this order, as in neural_compressor 2.6.
enum WeightMatrix {
    static func size(of shape: [Int]) -> (rows: Int, columns: Int) {
        let rows = shape.first ?? 0
        return (rows, Array(shape.dropFirst()).elementCount)
    }

    /// The weight as a matrix.
    static func of(_ weight: Tensor) -> Tensor {
        weight.rank == 4 ? weight.permuted([0, 2, 3, 1]).reshaped([weight.shape[0], -1]) : weight
    }

    /// The weight of this shape that has the matrix.
    static func weight(_ matrix: Tensor, shape: [Int]) -> Tensor {
        guard shape.count == 4 else { return matrix }
        return matrix.reshaped([shape[0], shape[2], shape[3], shape[1]]).permuted([0, 3, 1, 2])
    }
}
