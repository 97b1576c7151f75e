import LatheTensor
import LatheTestFiles
import Testing

/// A few-bit weight to multiply with.
struct LowBitWeight: Sendable, CustomTestStringConvertible {
    var bits: Int
    var shape = [17, 96]
    var groups = 1
    var hasZeroPoints = false

    var testDescription: String { "\(bits) bits \(shape), \(groups) groups\(hasZeroPoints ? ", zero points" : "")" }

    static let all: [LowBitWeight] = [8, 4, 3, 2, 1].flatMap { bits in
        [
            LowBitWeight(bits: bits, shape: [1, 1]), LowBitWeight(bits: bits, shape: [67, 129]),
            LowBitWeight(bits: bits),
            LowBitWeight(bits: bits, groups: 6), LowBitWeight(bits: bits, groups: 32),
            LowBitWeight(bits: bits, hasZeroPoints: true),
            LowBitWeight(bits: bits, shape: [131, 256], groups: 4, hasZeroPoints: true),
        ]
    }

    var matrix: QuantizedMatrix {
        let range = QuantizedMatrix.codes(ofBits: bits)
        let below = wholeNumbers(shape, seed: 2, below: bits == 1 ? 2 : range.count).cast(to: .float32)
        let codes = (bits == 1 ? below * 2 - 1 : below + Float(range.lowerBound)).cast(to: .int8)
        let zeroPoints =
            wholeNumbers([shape[0], groups], seed: 3, below: 1 << bits).cast(to: .float32) - Float(1 << (bits - 1))
        return QuantizedMatrix(
            codes: codes, bits: bits, scales: numbers([shape[0], groups], seed: 4, in: 0.25...1),
            zeroPoints: hasZeroPoints ? zeroPoints : nil)
    }
}

@Suite("Products with weights of few bits")
struct LowBitProductTests {
    private static let rows = [1, 3, 40]

    @Test(
        "Integer products are products of the values that codes stand for", .tags(.slow), .unlessQuick,
        arguments: LowBitWeight.all)
    func integer(weight: LowBitWeight) {
        let matrix = weight.matrix
        let grids = [
            ActivationGrid(), ActivationGrid(bits: 4, grid: .asymmetric),
            ActivationGrid(grid: .asymmetric, range: .init(low: -1, high: 1.5)),
        ]
        for (rows, grid) in zip(Self.rows, grids) {
            let x = numbers([rows, matrix.inputs]), bias = numbers([matrix.outputs], seed: 5),
                residual = numbers([rows, matrix.outputs], seed: 6)
            let quantizer = FakeQuantization(bits: grid.bits, grid: grid.grid)
            let seen =
                grid.range.map { x.fakeQuantized(quantizer, from: $0.low, to: $0.high) }
                ?? x.fakeQuantized(quantizer, groupCount: rows)
            let packed = PackedMatrix(matrix, arithmetic: .integer(grid))
            let result = packed.linear(
                PreparedInput(x, for: packed.arithmetic), bias: bias, activation: .gelu, residual: residual)
            let expected = linear(
                Reference(seen), Reference(matrix.dequantized), bias: Reference(bias), activation: .gelu,
                residual: Reference(residual))
            expectClose(result, expected, .normalized(2e-5), "\(rows) rows, \(grid)")
        }
    }

    @Test("Float products are products with the dequantised weight", arguments: LowBitWeight.all)
    func float(weight: LowBitWeight) {
        let matrix = weight.matrix
        for rows in Self.rows {
            let x = numbers([rows, matrix.inputs]), bias = numbers([matrix.outputs], seed: 5)
            let packed = PackedMatrix(matrix, arithmetic: .float32)
            let expected = linear(
                Reference(x), Reference(matrix.dequantized), bias: Reference(bias), activation: .identity, residual: nil
            )
            expectClose(packed.linear(PreparedInput(x, for: .float32), bias: bias), expected, .sum, "\(rows) rows")
            let halves = PackedMatrix(matrix, arithmetic: .bfloat16)
            let rounded = [x, matrix.dequantized].map { Reference($0.cast(to: .bfloat16)) }
            let expectedHalves = linear(
                rounded[0], rounded[1], bias: Reference(bias), activation: .identity, residual: nil)
            expectClose(
                halves.linear(PreparedInput(x, for: .bfloat16), bias: bias), expectedHalves, .sum,
                "\(rows) rows in bf16")
        }
    }

    @Test("Codes, scales and zero points come back as they were packed", arguments: LowBitWeight.all)
    func readBack(weight: LowBitWeight) throws {
        let matrix = weight.matrix
        for arithmetic in [PackedMatrix.Arithmetic.integer(ActivationGrid()), .float32, .bfloat16] {
            let back = try #require(PackedMatrix(matrix, arithmetic: arithmetic).quantized)
            #expect(back.bits == matrix.bits)
            expectClose(back.codes, matrix.codes, .exact)
            expectClose(back.scales, matrix.scales, .exact)
            #expect((back.zeroPoints == nil) == (matrix.zeroPoints == nil))
            if let zeroPoints = matrix.zeroPoints, let found = back.zeroPoints {
                expectClose(found, zeroPoints, .exact)
            }
        }
        #expect(PackedMatrix(matrix.dequantized, precision: .float32).quantized == nil)
    }

    @Test("A weight takes its bits in memory", arguments: [4, 3, 2, 1])
    func memory(bits: Int) {
        let matrix = LowBitWeight(bits: bits, shape: [768, 768]).matrix
        let byteCount = PackedMatrix(matrix, arithmetic: .integer(ActivationGrid())).byteCount
        #expect(byteCount >= 768 * 768 * bits / 8)
        #expect(byteCount <= 768 * (768 * bits / 8 + 16))
    }
}
