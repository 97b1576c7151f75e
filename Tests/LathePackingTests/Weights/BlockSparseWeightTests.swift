import LatheTensor
import Testing

@testable import LathePacking

@Suite("Sparse linear weights")
struct BlockSparseWeightTests {
    private let random = RandomSource(seed: 17)

    /// A weight rounded to so many bits, with blocks of zeros.
    private func pruned(_ shape: [Int], bits: Int, blockRows: Int, density: Double) throws -> (
        values: Tensor, grid: ValueGrid
    ) {
        let weight = Tensor.randomNormal(shape, from: random), quantization = FakeQuantization(bits: bits)
        let grid = try #require(ValueGrid(of: weight, quantization, groupCount: shape[0]))
        return (weight.fakeQuantized(quantization, groupCount: shape[0]) * mask(shape, blockRows, density), grid)
    }

    private func mask(_ shape: [Int], _ blockRows: Int, _ density: Double) -> Tensor {
        let scores = Tensor.randomUniform([shape[0] / blockRows, shape[1]], in: 0..<1, from: random).floatArray
        let values = (0..<shape[0] * shape[1]).map {
            scores[$0 / shape[1] / blockRows * shape[1] + $0 % shape[1]] < Float(density) ? 1 : 0 as Float
        }
        return Tensor(values, shape: shape)
    }

    @Test("The pattern that a mask had is found", arguments: [1, 2, 4, 8, 16], [8, 4])
    func pattern(blockRows: Int, bits: Int) throws {
        let (values, grid) = try pruned([64, 100], bits: bits, blockRows: blockRows, density: 0.2)
        let tensor = try #require(PackedTensor(exactly: values, on: grid, isForIntegers: true))
        #expect(tensor.sparsity?.blockRows == blockRows)
        #expect(abs((tensor.sparsity?.density ?? 0) - 0.2) < 0.07)
        #expect(tensor.dequantized.floatArray == values.floatArray)
    }

    @Test("A weight with few zeros is stored whole")
    func dense() throws {
        let (values, grid) = try pruned([64, 100], bits: 8, blockRows: 4, density: 0.95)
        #expect(try #require(PackedTensor(exactly: values, on: grid, isForIntegers: true)).sparsity == nil)
    }

    @Test(
        "Products are those of all codes, bit for bit, with few rows and with many",
        arguments: [(8, 0.05), (8, 0.25), (4, 0.05), (2, 0.25)], [1, 15, 16, 70])
    func product(weight: (bits: Int, density: Double), rows: Int) throws {
        let (values, grid) = try pruned([64, 100], bits: weight.bits, blockRows: 4, density: weight.density)
        let tensor = try #require(PackedTensor(exactly: values, on: grid, isForIntegers: true))
        for inputs in [ActivationGrid(), ActivationGrid(grid: .asymmetric)] {
            let sparse = try #require(BlockSparseWeight(tensor, inputGrid: inputs)),
                dense = QuantizedWeight(tensor, arithmetic: .integer(inputs))
            let bias = Tensor.randomNormal([64], from: random),
                input = PreparedInput(.randomNormal([rows, 100], from: random), for: sparse.arithmetic)
            let result = sparse.linear(input, bias: bias, activation: .gelu, residual: nil)
            let expected = dense.linear(input, bias: bias, activation: .gelu, residual: nil)
            #expect(result.floatArray == expected.floatArray)
            #expect(sparse.packed == tensor)
            #expect(sparse.scheme == dense.scheme)
        }
    }

    @Test(
        "Where reading all codes is faster, and where columns have scales of their own, no block-sparse weight is made")
    func choice() throws {
        func weight(blockRows: Int, density: Double) throws -> BlockSparseWeight? {
            let (values, grid) = try pruned([64, 100], bits: 8, blockRows: blockRows, density: density)
            return BlockSparseWeight(
                try #require(PackedTensor(exactly: values, on: grid, isForIntegers: true)), inputGrid: ActivationGrid())
        }
        #expect(try weight(blockRows: 4, density: 0.2) != nil)
        #expect(try weight(blockRows: 1, density: 0.1) == nil)
        #expect(try weight(blockRows: 4, density: 0.5) == nil)

        let values = Tensor.randomNormal([64, 100], from: random), quantization = FakeQuantization(bits: 8)
        let grid = try #require(ValueGrid(of: values, quantization, groupCount: 128))
        let kept = values.fakeQuantized(quantization, groupCount: 128) * mask([64, 100], 4, 0.1)
        let tensor = try #require(PackedTensor(exactly: kept, on: grid, isForIntegers: true))
        #expect(tensor.sparsity?.blockRows == 4)
        #expect(BlockSparseWeight(tensor, inputGrid: ActivationGrid()) == nil)
    }
}
