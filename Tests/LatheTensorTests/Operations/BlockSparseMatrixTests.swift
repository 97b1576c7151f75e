import LatheTensor
import Testing

@Suite("Block-sparse weights")
struct BlockSparseMatrixTests {
    private static let sizes = [(1, 1, 4), (1, 64, 17), (5, 7, 3), (17, 129, 33), (70, 96, 132)]

    /// int8 codes `[outputs, inputs]`, of which blocks of rows keep about a third of the inputs.
    private func codes(_ outputs: Int, _ inputs: Int, blockRows: Int) -> Tensor {
        let all = wholeNumbers([outputs, inputs], seed: 2, below: 256).cast(to: .float32) - 128
        let kept = wholeNumbers([outputs, inputs], seed: 3, below: 3).int32Array
        let mask = (0..<outputs * inputs).map { place in
            kept[place / inputs / blockRows * blockRows * inputs + place % inputs] == 0 ? Float(1) : 0
        }
        return (all * Tensor(mask, shape: [outputs, inputs])).cast(to: .int8)
    }

    @Test("Products are those of the dense codes, bit for bit", arguments: [1, 4, 16], sizes)
    func dense(blockRows: Int, size: (Int, Int, Int)) {
        let (rows, inputs, outputs) = size
        let codes = codes(outputs, inputs, blockRows: blockRows), scales = numbers([outputs], seed: 3, in: 0.25...1)
        let bias = numbers([outputs], seed: 4), residual = numbers([rows, outputs], seed: 5)
        let sparse = BlockSparseMatrix(codes: codes, scales: scales, blockRows: blockRows)
        for grid in QuantizationGrid.allCases {
            let dense = PackedMatrix(
                QuantizedMatrix(codes: codes, bits: 8, scales: scales.reshaped([-1, 1])),
                arithmetic: .integer(ActivationGrid(grid: grid)))
            let input = PreparedInput(numbers([rows, inputs]) / 3, for: dense.arithmetic)
            let expected = dense.linear(input, bias: bias, activation: .gelu, residual: residual)
            expectClose(
                sparse.linear(input, bias: bias, activation: .gelu, residual: residual), expected, .exact,
                "\(grid) \(size)")
            expectClose(sparse.linear(input), dense.linear(input), .exact, "\(grid) \(size), plain")
        }
    }

    @Test("Codes come back", arguments: [1, 3, 4, 8, 100])
    func roundTrip(blockRows: Int) {
        let codes = codes(50, 37, blockRows: blockRows)
        let sparse = BlockSparseMatrix(codes: codes, scales: .ones([50]), blockRows: blockRows)
        expectClose(sparse.codes.cast(to: .float32), codes.cast(to: .float32), .exact)
    }

    @Test("Leading axes stay, and a weight of zeros gives the bias")
    func shapes() {
        let sparse = BlockSparseMatrix(codes: Tensor.zeros([8, 5]).cast(to: .int8), scales: .ones([8]), blockRows: 4)
        let bias = numbers([8], seed: 2)
        let input = PreparedInput(numbers([2, 3, 5]), for: .integer(ActivationGrid()))
        let result = sparse.linear(input, bias: bias)
        #expect(result.shape == [2, 3, 8])
        expectClose(result, Tensor.zeros([2, 3, 8]) + bias, .exact)
    }

    @Test("A sparse weight takes less memory than its codes")
    func size() {
        let (outputs, inputs) = (64, 256)
        let mask = (0..<outputs * inputs).map { $0 % inputs % 10 == 0 ? Float(3) : 0 }
        let sparse = BlockSparseMatrix(
            codes: Tensor(mask, shape: [outputs, inputs]).cast(to: .int8), scales: .ones([outputs]), blockRows: 4)
        #expect(sparse.byteCount < outputs * inputs / 3)
        #expect((sparse.outputs, sparse.inputs, sparse.blockRows) == (outputs, inputs, 4))
    }
}
