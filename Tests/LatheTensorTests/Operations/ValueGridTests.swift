import LatheTensor
import Testing

@Suite("Grids of quantised values")
struct ValueGridTests {
    private let random = RandomSource(seed: 12)

    @Test(
        "Scales and zero points give DeepSpeed's values again",
        arguments: [
            (3, QuantizationGrid.symmetric), (4, .asymmetric), (8, .asymmetric), (2, .symmetric), (1, .symmetric),
        ])
    func steps(bits: Int, grid: QuantizationGrid) throws {
        let quantization = FakeQuantization(bits: bits, grid: grid),
            weight = Tensor.randomNormal([6, 8], mean: 0.3, from: random)
        for groups in [1, 3, 6, 12, 24] {
            let found = try #require(ValueGrid(of: weight, quantization, groupCount: groups)),
                values = weight.fakeQuantized(quantization, groupCount: groups)
            #expect(found.rowCount == 6)
            let lowest = -Float(1 << (bits - 1))
            for (index, value) in values.floatArray.enumerated() {
                let step =
                    index / 8 / found.rowsPerScale * found.scales.shape[1] + index % 8 / (8 / found.scales.shape[1])
                let scale = found.scales.floatArray[step]
                if let zero = found.zeroPoints?.floatArray[step] {
                    let offset = scale * (lowest - zero), code = ((value - offset) / scale).rounded()
                    #expect(scale * code + offset == value && (0...(-2 * lowest - 1)).contains(code))
                } else {
                    #expect(scale * (value / scale).rounded() == value)
                }
            }
        }
    }

    @Test("Groups that are neither whole rows nor divide a row have no grid, and neither have more than 8 bits")
    func none() {
        let weight = Tensor.randomNormal([4, 6], from: random)
        #expect(ValueGrid(of: weight, FakeQuantization(bits: 4), groupCount: 3) == nil)
        #expect(ValueGrid(of: weight, FakeQuantization(bits: 9), groupCount: 4) == nil)
    }

    @Test("A constant group and one of zeros have steps that give them")
    func constant() throws {
        let weight = Tensor([5, 5, -3, -3, 0, 0] as [Float], shape: [3, 2])
        let grid = try #require(ValueGrid(of: weight, FakeQuantization(bits: 4, grid: .asymmetric), groupCount: 3))
        #expect(grid.scales.floatArray == [5, 3, 1])
        #expect(grid.zeroPoints?.floatArray == [-9, -7, -8])
    }

    @Test("Rows keep their scales; columns theirs unless they share them in groups")
    func keeping() throws {
        let weight = Tensor.randomNormal([6, 8], from: random), quantization = FakeQuantization(bits: 4)
        let rows = try #require(ValueGrid(of: weight, quantization, groupCount: 3)), kept = rows.keepingRows([0, 3, 5])
        let scales = rows.scales.floatArray
        #expect(kept.scales.floatArray == [scales[0], scales[1], scales[2]] && kept.rowsPerScale == 1)
        let whole = try #require(ValueGrid(of: weight, quantization, groupCount: 1)).keepingRows([1, 2])
        #expect(whole.rowsPerScale == 2 && whole.scales.shape == [1, 1])
        #expect(rows.keepingColumns != nil)
        #expect(try #require(ValueGrid(of: weight, quantization, groupCount: 12)).keepingColumns == nil)
    }

    @Test("A parameter forgets its grid when its value changes")
    func forgetting() throws {
        let grid = try #require(ValueGrid(of: .ones([2, 2]), FakeQuantization(bits: 4), groupCount: 1))
        let parameter = Parameter(.ones([2, 2]), grid: grid)
        #expect(parameter.grid != nil)
        parameter.value = .zeros([2, 2])
        #expect(parameter.grid == nil)
    }

    @Test(
        "A searched range has nearly half of the squared error of the largest value's at few bits",
        arguments: [
            (3, QuantizationGrid.symmetric, 0.0404, 0.0867), (4, .symmetric, 0.0118, 0.0217),
            (4, .asymmetric, 0.012, 0.02),
        ])
    func searched(bits: Int, grid: QuantizationGrid, limit: Float, original: Float) {
        let weight = Tensor.randomNormal([16 * 768], from: random)
        func error(_ searches: Bool) -> Float {
            (weight.fakeQuantized(FakeQuantization(bits: bits, grid: grid, searchesRange: searches), groupCount: 1)
                - weight).sumOfSquares() / weight.sumOfSquares()
        }
        #expect(error(true) < 1.1 * limit, "\(error(true))")
        #expect(error(false) > 0.8 * original, "\(error(false))")
    }
}
