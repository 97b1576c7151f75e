import LatheNN
import LatheTensor
import Testing

@Suite("BatchNorm2d")
struct BatchNorm2dTests {
    private static let shape = [3, 2, 4, 5]

    @Test("has torch's names, of which the running ones are not trained")
    func names() {
        let norm = BatchNorm2d(channels: 2)
        #expect(norm.namedParameters.map(\.path) == ["weight", "bias", "running_mean", "running_var"])
        #expect(norm.namedParameters.map(\.parameter.isTrainable) == [true, true, false, false])
        #expect((norm.momentum, norm.epsilon) == (0.1, 1e-5))
        expectClose(norm.runningMean.detached, [0, 0], shape: [2])
        expectClose(norm.runningVariance.detached, [1, 1], shape: [2])
    }

    @Test("normalises with the batch in training, and the running statistics follow with the unbiased variance")
    func training() {
        let norm = layer()
        var mean = [0.0, 0.0], variance = [1.0, 1.0]
        for seed in 1...3 {
            let input = batch(seed)
            let statistics = statistics(of: input)
            let output = withTraining { norm(input) }
            expectClose(
                output, normalized(input, norm, statistics.map(\.mean), statistics.map(\.biased)), shape: Self.shape,
                tolerance: 5e-6)
            for channel in 0..<2 {
                mean[channel] = 0.9 * mean[channel] + 0.1 * statistics[channel].mean
                variance[channel] = 0.9 * variance[channel] + 0.1 * statistics[channel].unbiased
            }
            expectClose(norm.runningMean.detached, mean.map(Float.init), shape: [2])
            expectClose(norm.runningVariance.detached, variance.map(Float.init), shape: [2])
        }
    }

    @Test("normalises with the running statistics otherwise, and leaves them alone")
    func evaluation() {
        let norm = layer()
        norm.runningMean.value = Tensor([0.5, -1])
        norm.runningVariance.value = Tensor([2, 0.25])
        let input = batch(1)
        expectClose(norm(input), normalized(input, norm, [0.5, -1], [2, 0.25]), shape: Self.shape, tolerance: 5e-6)
        expectClose(norm.runningMean.detached, [0.5, -1], shape: [2])
        expectClose(norm.runningVariance.detached, [2, 0.25], shape: [2])
    }

    @Test("keeps to the running statistics in training too once it is frozen")
    func frozen() {
        let norm = layer(), input = batch(1)
        norm.isFrozen = true
        expectSameBits(withTraining { norm(input) }, norm(input))
        expectClose(norm.runningMean.detached, [0, 0], shape: [2])
    }

    @Test("survives a batch of one value a channel")
    func single() {
        let norm = BatchNorm2d(channels: 2)
        let output = withTraining { norm(Tensor([3, -4] as [Float], shape: [1, 2, 1, 1])) }
        expectClose(output, [0, 0], shape: [1, 2, 1, 1])
        expectClose(norm.runningMean.detached, [0.3, -0.4], shape: [2])
        expectClose(norm.runningVariance.detached, [0.9, 0.9], shape: [2])
    }

    @Test(
        "gradients agree with finite differences, with the statistics of the batch and with running ones",
        arguments: [true, false])
    func gradients(isTraining: Bool) {
        let norm = layer()
        norm.runningVariance.value = Tensor([2, 0.25])
        let input = Parameter(batch(5))
        expectGradients(of: [input, norm.weight, norm.bias]) {
            isTraining ? withTraining { norm(input.value) } : norm(input.value)
        }
        #expect(norm.runningMean.gradient == nil && norm.runningVariance.gradient == nil)
    }

    private func layer() -> BatchNorm2d {
        let norm = BatchNorm2d(channels: 2)
        norm.weight.value = Tensor([1.5, -0.5])
        norm.bias.value = Tensor([0.25, 2])
        return norm
    }

    private func batch(_ seed: Int) -> Tensor {
        .randomNormal(Self.shape, mean: 1, deviation: 2, from: RandomSource(seed: UInt64(seed)))
    }

    private func statistics(of input: Tensor) -> [(mean: Double, biased: Double, unbiased: Double)] {
        (0..<2).map { channel in
            let values = input.permuted([1, 0, 2, 3]).sliced(channel..<channel + 1).floatArray.map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (mean, squares / Double(values.count), squares / Double(values.count - 1))
        }
    }

    private func normalized(_ input: Tensor, _ norm: BatchNorm2d, _ mean: [Double], _ variance: [Double]) -> [Float] {
        let gain = norm.weight.detached.floatArray, bias = norm.bias.detached.floatArray
        return input.floatArray.enumerated().map { index, x in
            let channel = index / 20 % 2
            let value = (Double(x) - mean[channel]) / (variance[channel] + 1e-5).squareRoot()
            return Float(value * Double(gain[channel]) + Double(bias[channel]))
        }
    }
}
