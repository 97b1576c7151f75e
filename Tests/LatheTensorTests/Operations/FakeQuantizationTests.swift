import Foundation
import LatheTensor
import LatheTestFiles
import Testing

/// The bits of quantised tensors in long and short groups, and of a stochastic rounding.
private func quantizedBits(threads: Int) -> [[UInt32]] {
    Kernels.threadCount = threads
    let x = Tensor.randomNormal([300, 1_001], from: RandomSource(seed: 8))
    var draws = [1, 2, 4, 8].flatMap { bits in
        [1, 3, 300].map { x.fakeQuantized(FakeQuantization(bits: bits), groupCount: $0) }
    }
    draws += [1, 300].map { x.fakeQuantized(FakeQuantization(bits: 5, grid: .asymmetric), groupCount: $0) }
    draws.append(
        x.fakeQuantized(FakeQuantization(bits: 4, rounding: .stochastic), groupCount: 7, from: RandomSource(seed: 9)))
    draws.append(x.fakeQuantized(FakeQuantization(bits: 4), from: -1, to: 2))
    return draws.map { $0.floatArray.map(\.bitPattern) } + [
        [x.extremes().low.bitPattern, x.extremes().high.bitPattern]
    ]
}

@Suite("Fake quantisation")
struct FakeQuantizationTests {
    @Test(
        "One long group follows the same formulas as short ones",
        .tags(.slow), .unlessQuick, arguments: [1, 2, 3, 4, 8, 16],
        QuantizationGrid.allCases)
    func formulas(bits: Int, grid: QuantizationGrid) {
        if bits < 3 && grid == .asymmetric { return }
        for (shape, groups) in [([5, 7], 5), ([3, 4, 6], 4), ([150, 1_001], 1), ([150, 1_001], 2)] {
            let x = Tensor.randomNormal(shape, mean: 0.2, from: RandomSource(seed: 5)),
                count = shape.elementCount / groups
            let y = x.fakeQuantized(FakeQuantization(bits: bits, grid: grid), groupCount: groups)
            let values = x.floatArray
            let expected = (0..<groups).flatMap {
                Self.quantized(Array(values[$0 * count..<($0 + 1) * count]), bits, grid)
            }
            // Uniform grids are exact; sizes of ternary and binary values are means.
            expectClose(
                y, Reference(shape: shape, values: expected.map(Double.init)), bits > 2 ? .exact : .relative(1e-6))
        }
    }

    @Test("A group has at most as many values as its codes", arguments: [1, 2, 3, 5, 8], QuantizationGrid.allCases)
    func distinctValues(bits: Int, grid: QuantizationGrid) {
        if bits < 3 && grid == .asymmetric { return }
        let x = Tensor.randomNormal([4, 3_000], from: RandomSource(seed: 6))
        let y = x.fakeQuantized(FakeQuantization(bits: bits, grid: grid), groupCount: 4)
        for row in 0..<4 {
            let distinct = Set(y.selected(row).floatArray).count
            #expect(distinct <= (bits == 2 ? 3 : 1 << bits) && distinct > (1 << bits) / 2)
        }
    }

    @Test(
        "Groups of zeros stay zeros, constant ones stay as they are on an asymmetric grid, and NaN marks its group only"
    )
    func specialGroups() {
        for bits in [1, 2, 3, 8] {
            #expect(
                Tensor.zeros([2, 5]).fakeQuantized(FakeQuantization(bits: bits), groupCount: 2).largestMagnitude() == 0)
            var values = Tensor.randomNormal([3, 70_000], from: RandomSource(seed: 7)).floatArray
            values[70_001] = .nan
            values[140_003] = .infinity
            let rows = Tensor(values, shape: [3, 70_000]).fakeQuantized(FakeQuantization(bits: bits), groupCount: 3)
            #expect(rows.selected(0).largestMagnitude().isFinite)
            for row in 1...2 { #expect(rows.selected(row).floatArray.count { $0.isNaN } == 70_000) }
        }
        for value: Float in [0, 0.3, -0.7, 1e30] {
            let constant = Tensor.full([2, 5], value)
            expectClose(
                constant.fakeQuantized(FakeQuantization(bits: 4, grid: .asymmetric), groupCount: 2), constant, .exact)
        }
    }

    @Test("Stochastic rounding takes the points around a value, and the value on average")
    func stochastic() {
        let x = Tensor((0..<64).map { Float($0) / 64 * 1.7 - 0.8 } + [-1]), source = RandomSource(seed: 11)
        let quantization = FakeQuantization(bits: 4, rounding: .stochastic), step: Float = 2.0 / 16, rounds = 4_000
        var mean = [Double](repeating: 0, count: 65)
        for _ in 0..<rounds {
            for (index, value) in x.fakeQuantized(quantization, groupCount: 1, from: source).floatArray.enumerated() {
                #expect(abs(value - x.floatArray[index]) <= step * 1.0001 || value == 7 * step)
                mean[index] += Double(value) / Double(rounds)
            }
        }
        // A mean of 4000 uniform errors has a deviation below step / 2 / √4000; the largest points are clipped.
        for (index, value) in x.floatArray.enumerated() where value < 6.5 * step {
            #expect(abs(mean[index] - Double(value)) < 5 * 0.125 / 2 / 63)
        }
    }

    @Test("The gradient passes unchanged, beyond a fixed range as well")
    func gradient() {
        let x = Parameter(numbers([3, 40])), gradient = numbers([3, 40], seed: 9)
        x.value.fakeQuantized(FakeQuantization(bits: 4), from: -0.1, to: 0.1).backward(from: gradient)
        expectClose(x.gradient ?? .zeros([]), gradient, .exact)
    }

    @Test("All numbers of threads give the same bits", .tags(.slow), .unlessQuick)
    func threads() async {
        await #expect(processExitsWith: .success) {
            let one = quantizedBits(threads: 1)
            #expect(one == quantizedBits(threads: 2))
            #expect(one == quantizedBits(threads: 3))
        }
    }

    private static func quantized(_ x: [Float], _ bits: Int, _ grid: QuantizationGrid) -> [Float] {
        let levels = Float(1 << bits), magnitudes = x.map(abs),
            mean = magnitudes.reduce(0) { $0 + Double($1) } / Double(x.count)
        switch (bits, grid) {
        case (1, _): return x.map { Float($0 >= 0 ? mean : -mean) }
        case (2, _):
            let threshold = 0.7 * Float(mean), beyond = magnitudes.filter { $0 > threshold }
            let size = Float(beyond.reduce(0) { $0 + Double($1) } / Double(beyond.count))
            return x.map { $0 > threshold ? size : $0 < -threshold ? -size : 0 }
        case (_, .symmetric):
            let scale = 2 * (magnitudes.max() ?? 0) / levels
            return x.map { scale * min(max(($0 / scale).rounded(.toNearestOrEven), -levels / 2), levels / 2 - 1) }
        case (_, .asymmetric):
            let low = x.min() ?? 0, scale = ((x.max() ?? 0) - low) / levels,
                zero = scale * (low / scale).rounded(.toNearestOrEven)
            return x.map { scale * min(max((($0 - zero) / scale).rounded(.toNearestOrEven), 0), levels - 1) + zero }
        }
    }
}
