import LatheTensor
import Testing

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
        let variance = zip(values, mean).map { values, mean in
            values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        }
        return (mean, variance)
    }

    private func expected(
        _ x: Reference, _ mean: [Double], _ variance: [Double], gain: Reference, bias: Reference, epsilon: Double
    ) -> Reference {
        Reference(x.shape) { index in
            let channel = index[1]
            return (x[index] - mean[channel]) / (variance[channel] + epsilon).squareRoot() * gain[channel]
                + bias[channel]
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
        let result = x.batchNorm(
            gain: gain, bias: bias, statistics: x.channelStatistics(), isConstant: false, epsilon: 1e-3)
        expectClose(
            result, expected(Reference(x), mean, variance, gain: Reference(gain), bias: Reference(bias), epsilon: 1e-3),
            .sum)
    }

    @Test("The batch is normalised with given statistics", arguments: shapes)
    func givenStatistics(shape: [Int]) {
        let x = numbers(shape), gain = numbers([shape[1]], seed: 2), bias = numbers([shape[1]], seed: 3)
        let mean = numbers([shape[1]], seed: 4), variance = numbers([shape[1]], seed: 5, in: 0.5...2)
        let given = ChannelStatistics(mean: mean, variance: variance, count: 1)
        let result = x.batchNorm(gain: gain, bias: bias, statistics: given, isConstant: true, epsilon: 1e-3)
        let values = (Reference(mean).values, Reference(variance).values)
        expectClose(
            result,
            expected(Reference(x), values.0, values.1, gain: Reference(gain), bias: Reference(bias), epsilon: 1e-3),
            .sum)
    }

    @Test("Gradients flow through the batch's own statistics", arguments: [[7, 3], [3, 2, 5], [2, 3, 3, 5]])
    func ownGradients(shape: [Int]) {
        // Shared statistics make rounding errors of a channel add up instead of cancelling.
        expectGradientsMatch(
            [numbers(shape), numbers([shape[1]], seed: 2), numbers([shape[1]], seed: 3)], tolerance: 1e-3
        ) { x in
            x[0].batchNorm(
                gain: x[1], bias: x[2], statistics: x[0].channelStatistics(), isConstant: false, epsilon: 1e-3)
        }
    }

    @Test("Gradients stop at given statistics", arguments: [[7, 3], [3, 2, 5], [2, 3, 3, 5]])
    func givenGradients(shape: [Int]) {
        let given = ChannelStatistics(
            mean: numbers([shape[1]], seed: 4), variance: numbers([shape[1]], seed: 5, in: 0.5...2), count: 1)
        expectGradientsMatch([numbers(shape), numbers([shape[1]], seed: 2), numbers([shape[1]], seed: 3)]) { x in
            x[0].batchNorm(gain: x[1], bias: x[2], statistics: given, isConstant: true, epsilon: 1e-3)
        }
    }
}
