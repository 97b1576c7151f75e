/// The grid on which quantisation put the values of a weight.
///
/// `value[r, i] = scale * (code - zeroPoint)`, with the scale of row r and of i's group of consecutive columns, and
/// signed codes of `bits` bits. On an asymmetric grid the value is
/// `scale * (code - lowest) + scale * (lowest - zeroPoint)` with `lowest = -2^(bits - 1)`, each product rounded to f32:
/// DeepSpeed's `s · q + z` with `z = s · round(min / s)`.
package struct ValueGrid {
    /// 1...8
    package let bits: Int
    /// float32 `[rows / rowsPerScale, groups]`; `groups` divides the columns.
    package let scales: Tensor
    /// float32 whole numbers of the scales' shape; nil for 0 everywhere.
    package let zeroPoints: Tensor?
    /// How many consecutive rows share their scales; it divides the rows. All of them where one scale serves the whole
    /// weight.
    package let rowsPerScale: Int

    /// - Precondition: zero points have the scales' shape.
    package init(bits: Int, scales: Tensor, zeroPoints: Tensor? = nil, rowsPerScale: Int = 1) {
        precondition(
            scales.rank == 2 && zeroPoints.map { $0.shape == scales.shape } ?? true,
            "scales \(scales.shape), zero points \(zeroPoints?.shape ?? [])")
        (self.bits, self.scales, self.zeroPoints, self.rowsPerScale) = (bits, scales, zeroPoints, rowsPerScale)
    }

    /// Rows that the grid covers.
    package var rowCount: Int { scales.shape[0] * rowsPerScale }

    /// The grid of a weight `[rows, …]` that `fakeQuantized(_:groupCount:)` rounds; nil for more than 8 bits, and where
    /// groups are neither whole rows nor divide a row.
    package init?(of weight: Tensor, _ quantization: FakeQuantization, groupCount: Int) {
        let rows = weight.shape.first ?? 0
        guard quantization.bits <= 8, rows > 0, weight.elementCount > 0 else {
            return nil
        }
        let columns = weight.elementCount / rows
        guard let granularity = Granularity(groupCount: groupCount, rows: rows, columns: columns),
            let scales = granularity.scales(rows: rows, columns: columns)
        else { return nil }
        rowsPerScale = scales.rowsPerScale
        let steps = weight.quantizationSteps(quantization, groupCount: groupCount)
        bits = quantization.bits
        self.scales = Tensor(steps.scales, shape: scales.shape)
        zeroPoints = steps.zeroPoints.map { Tensor($0, shape: scales.shape) }
    }

    /// The grid of the rows with these indices.
    package func keepingRows(_ indices: [Int]) -> ValueGrid {
        if rowsPerScale == rowCount {
            return ValueGrid(bits: bits, scales: scales, zeroPoints: zeroPoints, rowsPerScale: max(indices.count, 1))
        }
        let ids = Tensor(indices.map { Int32($0 / rowsPerScale) })
        return ValueGrid(bits: bits, scales: scales.gathered(ids), zeroPoints: zeroPoints.map { $0.gathered(ids) })
    }

    /// The grid of a part of the columns; nil where groups of columns share scales.
    package var keepingColumns: ValueGrid? { scales.shape[1] == 1 ? self : nil }
}
