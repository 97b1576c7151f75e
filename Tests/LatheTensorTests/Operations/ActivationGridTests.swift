import Testing

@testable import LatheTensor

@Suite("Input grids")
struct ActivationGridTests {
    /// Ranges of a calibration: ordinary, one-sided, of one point, empty, far from zero.
    private static let ranges: [(Float, Float)] = [
        (-2, 2.5), (0.25, 1.75), (-3, -0.5), (0.3, 0.3), (-0.7, -0.7), (0, 0), (1000, 1000.5),
    ]

    /// What the codes of a prepared input stand for.
    private func values(_ input: PreparedInput) throws -> Tensor {
        let quantization = try #require(input.quantization)
        let codes = input.values.cast(to: .float32) - quantization.zeroPoints.cast(to: .float32).reshaped([-1, 1])
        return codes * quantization.scales.reshaped([-1, 1])
    }

    @Test("A static range gives the points of fake quantisation", arguments: QuantizationGrid.allCases, [4, 8])
    func staticRange(grid: QuantizationGrid, bits: Int) throws {
        for (low, high) in Self.ranges {
            let x = numbers([7, 37], in: -4...4) + (low > 100 ? low : 0)
            let input = PreparedInput(
                quantizing: x, on: ActivationGrid(bits: bits, grid: grid, range: .init(low: low, high: high)))
            let expected = x.fakeQuantized(FakeQuantization(bits: bits, grid: grid), from: low, to: high)
            expectClose(try values(input), expected, .relative(2e-6), "\(low)...\(high)")
            #expect(Set(try #require(input.quantization).scales.floatArray).count == 1)
        }
    }

    @Test(
        "A dynamic grid of 4 bits has at most 16 codes a row, those of fake quantisation",
        arguments: QuantizationGrid.allCases)
    func fourBits(grid: QuantizationGrid) throws {
        let x = numbers([7, 67], in: -1...3)
        let input = PreparedInput(quantizing: x, on: ActivationGrid(bits: 4, grid: grid))
        #expect(input.values.cast(to: .float32).floatArray.allSatisfy { (0...15).contains($0) })
        expectClose(
            try values(input), x.fakeQuantized(FakeQuantization(bits: 4, grid: grid), groupCount: 7), .relative(2e-6))
    }

    @Test("A NaN spoils its row alone, and a range that is not finite spoils all")
    func notFinite() throws {
        let x = Tensor([1, .nan, 3, 1, 2, 3], shape: [2, 3])
        let input = PreparedInput(quantizing: x, on: ActivationGrid(range: .init(low: -4, high: 4)))
        let scales = try #require(input.quantization).scales.floatArray
        #expect(scales[0].isNaN && scales[1] == 4 / 128)
        let spoiled = PreparedInput(
            quantizing: x, on: ActivationGrid(grid: .asymmetric, range: .init(low: .nan, high: .nan)))
        #expect(try #require(spoiled.quantization).scales.floatArray.allSatisfy(\.isNaN))
    }
}
