import LatheKernels

extension Tensor {
    /// Every row along the last axis as 8-bit codes with one symmetric scale: `scale = 2 max|x| / 256`,
    /// `code = clamp(round(x / scale), -128, 127)`.
    ///
    /// A row of zeros gets scale 1 and codes 0. Source: DeepSpeed `compression/utils.py`, `SymQuantizer`.
    /// - Returns: `codes`, int8 of this shape, and `scales`, float32 `[…, 1]`.
    public func quantizedRows() -> (codes: Tensor, scales: Tensor) {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        let codes = Tensor(uninitialized: shape, dtype: .int8), scales = Tensor(uninitialized: shape.dropLast() + [1])
        let zeroPoints = Tensor(uninitialized: [rows], dtype: .int32)
        withPointers(self, codes.byteElements, scales, zeroPoints.int32Elements) { x, q, s, z in
            Parallel.forEachRow(rows, columns: columns) { range in
                let first = range.lowerBound
                Kernels.active.pointee.quantize_rows(
                    LATHE_SYMMETRIC, 8, Int64(range.count), Int64(columns), x + first * columns, Int64(columns),
                    q + first * columns, Int64(columns), s + first, z + first)
                // The kernel's codes are unsigned with zero point 128; flipping the top bit makes them signed.
                for index in first * columns..<range.upperBound * columns { q[index] ^= 0x80 }
            }
        }
        return (codes, scales)
    }
}
