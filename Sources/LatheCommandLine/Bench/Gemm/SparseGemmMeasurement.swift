import LatheTensor
import LatheTraining

/// What measuring one block-sparse product beside the dense one gave.
struct SparseGemmRow {
    let shape: GemmShape
    /// Outputs that keep the same inputs; nil for the dense product.
    let blockRows: Int?
    /// The share of weights that are zero.
    let sparsity: Double
    /// Milliseconds a call.
    let times: Samples
    /// The dense product's time over this one's, measured in turn.
    let speedup: Double
    /// Bytes of the weight.
    let weightBytes: Int
}

/// Measures int8 products with block-sparse weights in turn with the dense product of the same size. Inputs are
/// quantised beforehand.
struct SparseGemmMeasurement {
    static let blockRows = [4, 16]
    static let sparsities = [0.8, 0.9, 0.95]
    /// A sample is at least so long; calls that are shorter are repeated.
    private static let sampleMilliseconds = 5.0
    /// With one row, so many bytes of dense weights are taken in turn, as many as a network beyond the caches has; and
    /// as many sparse ones.
    private static let bytesBeyondCaches = 128 << 20

    let repeats: Int

    /// Measures one shape: the dense product first.
    func rows(_ shape: GemmShape) -> [SparseGemmRow] {
        let copies = shape.m == 1 ? max(1, Self.bytesBeyondCaches / (shape.k * shape.n)) : 1
        let dense = Case.dense(shape, copies: copies)
        var running = [RunningCase(dense)]
        for blockRows in Self.blockRows {
            for sparsity in Self.sparsities {
                running.append(RunningCase(.sparse(shape, blockRows, sparsity, copies: copies)))
            }
        }
        for _ in 0..<repeats {
            for index in running.indices {
                running[index].measure()
                running[index].speedups.add(running[0].times.last / running[index].times.last)
            }
        }
        return running.map {
            SparseGemmRow(
                shape: shape, blockRows: $0.work.blockRows, sparsity: $0.work.sparsity, times: $0.times,
                speedup: $0.speedups.median,
                weightBytes: $0.work.weightBytes)
        }
    }

    /// One weight, and what a call does with the next of its copies.
    private struct Case {
        let blockRows: Int?
        let sparsity: Double
        let weightBytes: Int
        let calls: [() -> Void]

        static func dense(_ shape: GemmShape, copies: Int) -> Case {
            let (codes, scales) = Tensor.randomNormal([shape.n, shape.k], deviation: 0.02).quantizedRows()
            let weights = (0..<copies).map { _ in
                PackedMatrix(
                    QuantizedMatrix(codes: codes, bits: 8, scales: scales), arithmetic: .integer(ActivationGrid()))
            }
            let input = input(shape)
            return Case(
                blockRows: nil, sparsity: 0, weightBytes: weights[0].byteCount,
                calls: weights.map { weight in { _ = weight.linear(input) } })
        }

        static func sparse(_ shape: GemmShape, _ blockRows: Int, _ sparsity: Double, copies: Int) -> Case {
            let codes = codes(shape, blockRows, sparsity)
            let weights = (0..<copies).map { _ in
                BlockSparseMatrix(codes: codes, scales: .ones([shape.n]), blockRows: blockRows)
            }
            let input = input(shape)
            return Case(
                blockRows: blockRows, sparsity: sparsity, weightBytes: weights[0].byteCount,
                calls: weights.map { weight in { _ = weight.linear(input) } })
        }

        private static func input(_ shape: GemmShape) -> PreparedInput {
            PreparedInput(.randomNormal([shape.m, shape.k]), for: GemmArithmetic.int8.arithmetic)
        }

        /// int8 codes `[n, k]` with random blocks of zeros.
        private static func codes(_ shape: GemmShape, _ blockRows: Int, _ sparsity: Double) -> Tensor {
            var codes = [Int8](repeating: 0, count: shape.n * shape.k)
            for first in stride(from: 0, to: shape.n, by: blockRows) {
                for column in 0..<shape.k where Double.random(in: 0..<1) >= sparsity {
                    for row in first..<min(first + blockRows, shape.n) {
                        codes[row * shape.k + column] = Int8.random(in: 1...127)
                    }
                }
            }
            return codes.withUnsafeBytes { Tensor(bytes: $0, shape: [shape.n, shape.k], dtype: .int8) }
        }
    }

    private struct RunningCase {
        let work: Case
        /// Calls in one sample.
        private let count: Int
        private var next = 0
        private(set) var times = Samples()
        var speedups = Samples()

        /// Warms up and finds how many calls make a sample.
        init(_ work: Case) {
            self.work = work
            work.calls[0]()
            let milliseconds = (0..<3).map { _ in max(Stopwatch.milliseconds(work.calls[0]), 1e-4) }.reduce(
                .infinity, min)
            count = max(1, Int(SparseGemmMeasurement.sampleMilliseconds / milliseconds))
        }

        /// Takes one sample.
        mutating func measure() {
            let milliseconds = Stopwatch.milliseconds {
                for _ in 0..<count {
                    work.calls[next]()
                    next = next + 1 == work.calls.count ? 0 : next + 1
                }
            }
            times.add(milliseconds / Double(count))
        }
    }
}
