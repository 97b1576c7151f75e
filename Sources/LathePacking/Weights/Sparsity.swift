import LatheNN
import LatheTensor

/// How the zeros of a pruned weight lie.
package struct Sparsity: Sendable, Hashable {
    /// So many consecutive rows keep the same columns; 1 where single weights are pruned.
    public let blockRows: Int
    /// The share of places in blocks that are kept, 0 to 1.
    public let density: Double

    /// Whether products with so many rows of inputs are faster when they read kept blocks only. Measured
    /// (docs/performance.md, "Block-sparse products") at BERT-base's sizes with blocks of 4, 8 and 16 rows, on AVX-512
    /// and AVX2.
    func isFaster(rows: Int) -> Bool {
        blockRows % Self.stripRows == 0 && density <= (rows < Self.fewRows ? Self.mostDenseForFewRows : Self.mostDense)
    }

    /// Whether such products are faster with some number of rows.
    var isEverFaster: Bool { isFaster(rows: Self.fewRows) }

    /// The rows of a weight that kernels multiply together.
    private static let stripRows = 4
    /// Fewer rows of inputs than this leave a part of the registers empty.
    private static let fewRows = 16
    private static let mostDenseForFewRows = 0.1
    private static let mostDense = 0.3
}

extension KeptBlocks {
    var sparsity: Sparsity { Sparsity(blockRows: blockRows, density: density) }

    /// Block heights that weights are searched for, besides single weights.
    private static let heights = [16, 8, 4, 2]
    /// The share of zeros below which nothing can be gained.
    private static let leastZeros = 0.15
    /// What is left out must be worth another form: a tenth of the bytes.
    private static let mostBytes = 0.9
    /// Bytes that a file's header takes for one tensor more.
    private static let headerBytes = 128

    /// The blocks of `values`, `[rows, columns]`, with which a file that holds kept values of `bits` bits and the mask
    /// is smallest; nil where it would not be clearly smaller than `byteCount`, what all values take.
    static func smallest<Value: Numeric>(
        for values: UnsafeBufferPointer<Value>, rows: Int, columns: Int, bits: Int, than byteCount: Int
    ) -> KeptBlocks? {
        let zeros = values.reduce(0) { $1 == 0 ? $0 + 1 : $0 }
        guard Double(zeros) > leastZeros * Double(values.count) else { return nil }
        let candidates = (heights + [1]).filter { rows % $0 == 0 }.map {
            KeptBlocks(of: values, rows: rows, columns: columns, blockRows: $0)
        }
        let best = candidates.map { ($0, bytes: $0.maskByteCount + $0.count * $0.blockRows * bits / 8) }.min {
            $0.bytes < $1.bytes
        }
        guard let best, Double(best.bytes) < mostBytes * Double(byteCount), best.bytes + headerBytes < byteCount else {
            return nil
        }
        return best.0
    }
}

extension PackedTensor {
    /// The same weight; one whose files leave zeros out where they are clearly smaller for it.
    var leavingOutZeros: PackedTensor {
        guard zeroPoints == nil, layout != .signs else { return self }
        let unpacked = unpackedCodes
        let blocks = unpacked.withUnsafeBytes {
            KeptBlocks.smallest(
                for: $0.bindMemory(to: Int8.self), rows: rows, columns: columns, bits: bits, than: codes.byteCount)
        }
        guard let blocks else { return self }
        return PackedTensor(
            shape: shape, bits: bits, layout: .bytes, codes: unpacked, scales: scales, zeroPoints: nil,
            rowsPerScale: rowsPerScale, sparsity: blocks.sparsity)
    }

    /// The weight of a linear layer with these values: one that skips zeros where that is faster.
    /// - Precondition: the weight has two axes.
    func linearWeight(_ arithmetic: PackedMatrix.Arithmetic) -> any PackedLinearWeight {
        if case .integer(let grid) = arithmetic, let weight = BlockSparseWeight(self, inputGrid: grid) { return weight }
        return QuantizedWeight(self, arithmetic: arithmetic)
    }
}
