import LatheTensor
import Testing

@Suite("Layer and root-mean-square normalisation")
struct NormalizationTests {
    private static let shapes = [[2], [7], [3, 5], [2, 3, 17], [5, 129], [300, 7], [3, 769]]

    private func rows(_ x: Reference, _ formula: ([Double]) -> [Double]) -> Reference {
        let columns = x.shape[x.shape.count - 1]
        let values = stride(from: 0, to: x.values.count, by: columns).flatMap { formula(Array(x.values[$0..<$0 + columns])) }
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
        expectClose(Tensor.full([1, 7], 3).layerNorm(gain: .ones([7]), bias: bias, epsilon: 1e-5), bias.reshaped([1, 7]), .rounding)
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
        let expectedGain = Reference([7]) { column in (0..<rows).reduce(0) { $0 + normal[$1, column[0]] * w[$1, column[0]] } }
        let expectedBias = Reference([7]) { column in (0..<rows).reduce(0) { $0 + w[$1, column[0]] } }
        expectClose(gain.gradient ?? .zeros([]), expectedGain, .normalized(1e-5))
        expectClose(bias.gradient ?? .zeros([]), expectedBias, .normalized(1e-5))
    }

    @Test("A gain of the wrong size is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).layerNorm(gain: .ones([2]), bias: .zeros([3]), epsilon: 1) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).rmsNorm(gain: .ones([1]), epsilon: 1) }
    }
}

@Suite("Batch normalisation")
struct BatchNormalizationTests {
    private static let shapes = [[7, 3], [2, 3, 5], [3, 5, 7, 3], [2, 1, 1, 1], [5, 2, 17, 31]]

    /// Mean and biased variance of each channel of `[batch, channels, …]`.
    private func statistics(_ x: Reference) -> (mean: [Double], variance: [Double]) {
        let channels = x.shape[1]
        let values = (0..<channels).map { channel in
            x.values.indices.filter { x.shape.index(at: $0)[1] == channel }.map { x.values[$0] }
        }
        let mean = values.map { $0.reduce(0, +) / Double($0.count) }
        let variance = zip(values, mean).map { values, mean in values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count) }
        return (mean, variance)
    }

    private func expected(_ x: Reference, _ mean: [Double], _ variance: [Double], gain: Reference, bias: Reference, epsilon: Double) -> Reference {
        Reference(x.shape) { index in
            let channel = index[1]
            return (x[index] - mean[channel]) / (variance[channel] + epsilon).squareRoot() * gain[channel] + bias[channel]
        }
    }

    @Test("Statistics are those of each channel", arguments: shapes)
    func statistics(shape: [Int]) {
        let x = numbers(shape), found = x.channelStatistics()
        let (mean, variance) = statistics(Reference(x))
        expectClose(found.mean, Reference(shape: [shape[1]], values: mean), .rounding)
        expectClose(found.variance, Reference(shape: [shape[1]], values: variance), .sum)
        #expect(found.count == shape.elementCount / shape[1])
    }

    @Test("The batch is normalised with its own statistics", arguments: shapes)
    func ownStatistics(shape: [Int]) {
        let x = numbers(shape), gain = numbers([shape[1]], seed: 2), bias = numbers([shape[1]], seed: 3)
        let (mean, variance) = statistics(Reference(x))
        let result = x.batchNorm(gain: gain, bias: bias, statistics: x.channelStatistics(), isConstant: false, epsilon: 1e-3)
        expectClose(result, expected(Reference(x), mean, variance, gain: Reference(gain), bias: Reference(bias), epsilon: 1e-3), .sum)
    }

    @Test("The batch is normalised with given statistics", arguments: shapes)
    func givenStatistics(shape: [Int]) {
        let x = numbers(shape), gain = numbers([shape[1]], seed: 2), bias = numbers([shape[1]], seed: 3)
        let mean = numbers([shape[1]], seed: 4), variance = numbers([shape[1]], seed: 5, in: 0.5...2)
        let given = ChannelStatistics(mean: mean, variance: variance, count: 1)
        let result = x.batchNorm(gain: gain, bias: bias, statistics: given, isConstant: true, epsilon: 1e-3)
        let values = (Reference(mean).values, Reference(variance).values)
        expectClose(result, expected(Reference(x), values.0, values.1, gain: Reference(gain), bias: Reference(bias), epsilon: 1e-3), .sum)
    }

    @Test("Gradients flow through the batch's own statistics", arguments: [[7, 3], [3, 2, 5], [2, 3, 3, 5]])
    func ownGradients(shape: [Int]) {
        // Shared statistics make rounding errors of a channel add up instead of cancelling.
        expectGradientsMatch([numbers(shape), numbers([shape[1]], seed: 2), numbers([shape[1]], seed: 3)], tolerance: 1e-3) { x in
            x[0].batchNorm(gain: x[1], bias: x[2], statistics: x[0].channelStatistics(), isConstant: false, epsilon: 1e-3)
        }
    }

    @Test("Gradients stop at given statistics", arguments: [[7, 3], [3, 2, 5], [2, 3, 3, 5]])
    func givenGradients(shape: [Int]) {
        let given = ChannelStatistics(mean: numbers([shape[1]], seed: 4), variance: numbers([shape[1]], seed: 5, in: 0.5...2), count: 1)
        expectGradientsMatch([numbers(shape), numbers([shape[1]], seed: 2), numbers([shape[1]], seed: 3)]) { x in
            x[0].batchNorm(gain: x[1], bias: x[2], statistics: given, isConstant: true, epsilon: 1e-3)
        }
    }
}
