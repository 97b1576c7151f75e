import LatheTensor

/// Which weights of `[rows, columns]` pruning has kept: for every block of consecutive rows and every column, whether
/// the block's weights are all zero.
///
/// In files, as uint8 `[blocks, ceil(columns / 8)]`: one bit a column from the lowest bit on, 1 for kept; what fills
/// the last byte up is 0. Beside it stand the kept weights, block by block, column by column, a block's rows in a run.
/// Single weights are blocks of one row; N:M patterns need no other form, since their positions would take as many
/// bits.
struct KeptBlocks {
    let rows: Int
    let columns: Int
    let blockRows: Int
    /// One bit a column, rows of whole bytes.
    private let mask: [UInt8]
    /// Kept blocks.
    let count: Int

    private var blocks: Int { rows / blockRows }
    private var maskWidth: Int { Self.width(columns) }
    private static func width(_ columns: Int) -> Int { (columns + 7) / 8 }

    /// The share of places in kept blocks, 0 to 1.
    var density: Double { Double(count) / Double(max(blocks * columns, 1)) }
    /// Bytes of the mask.
    var maskByteCount: Int { mask.count }

    /// The blocks of `blockRows` rows in which any value is not zero.
    /// - Precondition: `blockRows` divides the rows.
    init<Value: Numeric>(of values: UnsafeBufferPointer<Value>, rows: Int, columns: Int, blockRows: Int) {
        precondition(
            blockRows >= 1 && rows % blockRows == 0 && values.count == rows * columns,
            "blocks of \(blockRows) rows in [\(rows), \(columns)]")
        (self.rows, self.columns, self.blockRows) = (rows, columns, blockRows)
        let width = Self.width(columns)
        var mask = [UInt8](repeating: 0, count: rows / blockRows * width), count = 0
        mask.withUnsafeMutableBufferPointer { mask in
            for row in 0..<rows {
                let start = row / blockRows * width
                for column in 0..<columns where values[row * columns + column] != 0 {
                    mask[start + column >> 3] |= 1 << UInt8(column & 7)
                }
            }
            count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
        }
        (self.mask, self.count) = (mask, count)
    }

    // MARK: Files

    /// The mask, uint8 `[blocks, bytes]`.
    var stored: Tensor { mask.withUnsafeBytes { Tensor(bytes: $0, shape: [blocks, maskWidth], dtype: .uint8) } }

    /// Blocks as a file's mask has them; nil where a bit behind the last column is set.
    /// - Precondition: `mask` is uint8 `[rows / blockRows, ceil(columns / 8)]`.
    init?(stored mask: Tensor, rows: Int, columns: Int, blockRows: Int) {
        precondition(
            mask.dtype == .uint8 && mask.shape == [rows / blockRows, Self.width(columns)],
            "mask \(mask.dtype) \(mask.shape)")
        (self.rows, self.columns, self.blockRows) = (rows, columns, blockRows)
        self.mask = mask.withUnsafeBytes { Array($0) }
        count = self.mask.reduce(0) { $0 + $1.nonzeroBitCount }
        let width = Self.width(columns), behind = UInt8(truncatingIfNeeded: 0xff << (columns & 7))
        guard
            columns & 7 == 0
                || stride(from: width - 1, to: self.mask.count, by: width).allSatisfy({ self.mask[$0] & behind == 0 })
        else { return nil }
    }

    // MARK: Values

    /// The values in kept blocks, `count * blockRows` of them.
    func compressed<Value>(_ values: UnsafeBufferPointer<Value>) -> [Value] {
        var kept: [Value] = []
        kept.reserveCapacity(count * blockRows)
        forEachKept { block, column in
            for row in block * blockRows..<(block + 1) * blockRows { kept.append(values[row * columns + column]) }
        }
        return kept
    }

    /// All values, row-major, from those in kept blocks.
    /// - Precondition: `kept` has `count * blockRows` values.
    func expanded<Value: Numeric>(_ kept: UnsafeBufferPointer<Value>) -> [Value] {
        precondition(kept.count == count * blockRows, "\(kept.count) values for \(count) blocks of \(blockRows)")
        var values = [Value](repeating: 0, count: rows * columns), next = 0
        values.withUnsafeMutableBufferPointer { values in
            forEachKept { block, column in
                for row in block * blockRows..<(block + 1) * blockRows {
                    values[row * columns + column] = kept[next]
                    next += 1
                }
            }
        }
        return values
    }

    /// Every kept block, in order.
    private func forEachKept(_ body: (_ block: Int, _ column: Int) -> Void) {
        mask.withUnsafeBufferPointer { mask in
            for block in 0..<blocks {
                for byte in 0..<maskWidth {
                    var bits = mask[block * maskWidth + byte]
                    while bits != 0 {
                        body(block, byte * 8 + bits.trailingZeroBitCount)
                        bits &= bits - 1
                    }
                }
            }
        }
    }
}
