import LatheKernels

/// An input of packed linear layers in the form that their products multiply: floats, or codes with a scale and a zero
/// point for each row. Weights that read the same input and agree in arithmetic share one.
public struct PreparedInput {
    struct Quantization {
        let scales: Tensor
        let zeroPoints: Tensor
    }

    let values: Tensor
    let shape: [Int]
    /// Elements from one row to the next.
    let stride: Int
    let quantization: Quantization?
}

extension PreparedInput {
    /// `input`, `[…, in]`, for products in `arithmetic`.
    public init(_ input: Tensor, for arithmetic: PackedMatrix.Arithmetic) {
        let columns = input.shape[input.rank - 1]
        switch arithmetic {
        case .float32: self.init(values: input, shape: input.shape, stride: columns, quantization: nil)
        case .bfloat16:
            self.init(values: input.converted(to: .bfloat16), shape: input.shape, stride: columns, quantization: nil)
        case .integer(let grid): self.init(quantizing: input, on: grid)
        }
    }

    /// Quantises each row of `[…, in]`.
    init(quantizing input: Tensor, on grid: ActivationGrid) {
        let columns = input.shape[input.rank - 1], rows = input.elementCount / max(columns, 1)
        let codes = Tensor(uninitialized: [rows, columns], dtype: .uint8)
        let scales = Tensor(uninitialized: [rows]), zeroPoints = Tensor(uninitialized: [rows], dtype: .int32)
        withPointers(input, codes.byteElements, scales, zeroPoints.int32Elements) { x, q, s, z in
            Parallel.forEachRow(rows, columns: columns) { range in
                let first = range.lowerBound, count = Int64(range.count)
                let width = Int64(columns), bits = Int32(grid.bits)
                if let limits = grid.range {
                    Kernels.active.pointee.quantize_rows_in_range(
                        grid.grid.kernel, bits, limits.low, limits.high, count, width, x + first * columns, width,
                        q + first * columns, width, s + first, z + first)
                } else {
                    Kernels.active.pointee.quantize_rows(
                        grid.grid.kernel, bits, count, width, x + first * columns, width, q + first * columns, width,
                        s + first, z + first)
                }
            }
        }
        self.init(
            values: codes, shape: input.shape, stride: columns,
            quantization: .init(scales: scales, zeroPoints: zeroPoints))
    }
}
