import LatheTensor
import Testing

@Suite("Layer and root-mean-square normalisation")
struct NormalizationTests {
    private static let shapes = [[2], [7], [3, 5], [2, 3, 17], [5, 129], [300, 7], [3, 769]]

    private func rows(_ x: Reference, _ formula: ([Double]) -> [Double]) -> Reference {
        let columns = x.shape[x.shape.count - 1]
        let values = stride(from: 0, to: x.values.count, by: columns).flatMap {
            formula(Array(x.values[$0..<$0 + columns]))
        }
        return Reference(shape: x.shape, values: values)
    }

    @Test("Layer normalisation agrees with the formula", arguments: shapes, [1e-5, 1e-12])
    func layerNorm(shape: [Int], epsilon: Double) {
        let columns = shape[shape.count - 1]
        let x = numbers(shape), gain = numbers([columns], seed: 2), bias = numbers([columns], seed: 3)
        let g = Reference(gain), b = Reference(bias)
        let expected = rows(Reference(x)) { row in
            let mean = row.reduce(0, +) / Double(columns)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            return row.indices.map { (row[$0] - mean) / (variance + epsilon).squareRoot() * g[$0] + b[$0] }
        }
        expectClose(x.layerNorm(gain: gain, bias: bias, epsilon: Float(epsilon)), expected, .sum)
    }

    @Test("Root-mean-square normalisation agrees with the formula", arguments: shapes, [1e-5, 1e-12])
    func rmsNorm(shape: [Int], epsilon: Double) {
        let columns = shape[shape.count - 1]
        let x = numbers(shape), gain = numbers([columns], seed: 2), g = Reference(gain)
        let expected = rows(Reference(x)) { row in
            let square = row.reduce(0) { $0 + $1 * $1 } / Double(columns)
            return row.indices.map { row[$0] / (square + epsilon).squareRoot() * g[$0] }
        }
        expectClose(x.rmsNorm(gain: gain, epsilon: Float(epsilon)), expected, .sum)
    }

    @Test("A mean far from zero costs no more than its own rounding")
    func shifted() {
        let x = numbers([3, 64]), one = Tensor.ones([64]), zero = Tensor.zeros([64])
        let plain = x.layerNorm(gain: one, bias: zero, epsilon: 1e-5)
        // Half a unit in the last place of 4096, which the mean may be off by.
        expectClose((x + 4096).layerNorm(gain: one, bias: zero, epsilon: 1e-5), plain, .normalized(0x1p-12))
    }

    @Test("A row of one value gives the bias")
    func constant() {
        let bias = numbers([7])
        expectClose(
            Tensor.full([1, 7], 3).layerNorm(gain: .ones([7]), bias: bias, epsilon: 1e-5), bias.reshaped([1, 7]),
            .rounding)
    }

    @Test("Gradients of input, gain and bias are right", arguments: [[7], [3, 5], [2, 3, 17], [2, 131]])
    func gradients(shape: [Int]) {
        let columns = shape[shape.count - 1]
        let parameters = [numbers(shape), numbers([columns], seed: 2), numbers([columns], seed: 3)]
        expectGradientsMatch(parameters) { $0[0].layerNorm(gain: $0[1], bias: $0[2], epsilon: 1e-5) }
        expectGradientsMatch(Array(parameters[..<2])) { $0[0].rmsNorm(gain: $0[1], epsilon: 1e-5) }
    }

    @Test("Gradients of gain and bias sum many rows", arguments: [1, 4681, 4682, 10_007])
    func manyRows(rows: Int) {
        // 4681 rows of 7 fill one chunk of the sum.
        let x = numbers([rows, 7]), weights = numbers([rows, 7], seed: 4)
        let gain = Parameter(numbers([7], seed: 2)), bias = Parameter(numbers([7], seed: 3))
        x.layerNorm(gain: gain.value, bias: bias.value, epsilon: 1e-5).backward(from: weights)
        let normal = Reference(x.layerNorm(gain: .ones([7]), bias: .zeros([7]), epsilon: 1e-5)), w = Reference(weights)
        let expectedGain = Reference([7]) { column in
            (0..<rows).reduce(0) { $0 + normal[$1, column[0]] * w[$1, column[0]] }
        }
        let expectedBias = Reference([7]) { column in (0..<rows).reduce(0) { $0 + w[$1, column[0]] } }
        expectClose(gain.gradient ?? .zeros([]), expectedGain, .normalized(1e-5))
        expectClose(bias.gradient ?? .zeros([]), expectedBias, .normalized(1e-5))
    }

    @Test("A gain of the wrong size is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([2, 3]).layerNorm(gain: .ones([2]), bias: .zeros([3]), epsilon: 1)
        }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).rmsNorm(gain: .ones([1]), epsilon: 1) }
    }
}
