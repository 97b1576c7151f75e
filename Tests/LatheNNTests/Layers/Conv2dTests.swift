import LatheNN
import LatheTensor
import Testing

@Suite("Conv2d")
struct Conv2dTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var channels = 1, outputs = 1, kernel = 1, options = ConvolutionOptions(), input = [1, 1, 1, 1], hasBias = true
        var testDescription: String { "\(input) → \(outputs), kernel \(kernel), \(options)" }
    }

    static let cases = [
        Case(),
        Case(channels: 3, outputs: 5, kernel: 3, options: .init(padding: 1), input: [2, 3, 7, 5]),
        Case(
            channels: 4, outputs: 6, kernel: 3, options: .init(stride: 2, padding: 1, groups: 2), input: [2, 4, 9, 8]),
        Case(channels: 2, outputs: 3, kernel: 2, options: .init(stride: 2), input: [1, 2, 6, 7], hasBias: false),
        Case(channels: 2, outputs: 2, kernel: 3, options: .init(padding: 3, dilation: 2), input: [1, 2, 8, 6]),
        Case(channels: 4, outputs: 4, kernel: 3, options: .init(padding: 1, groups: 4), input: [2, 4, 5, 5]),
        Case(channels: 3, outputs: 4, kernel: 4, options: .init(stride: 4), input: [2, 3, 8, 8]),
        Case(channels: 16, outputs: 17, kernel: 1, options: .init(stride: 2), input: [3, 16, 7, 7]),
    ]

    @Test("follows the definition of a convolution", arguments: cases)
    func values(_ test: Case) {
        let layer = layer(test)
        let input = Tensor.randomNormal(test.input, from: RandomSource(seed: 4))
        let (expected, shape) = naive(layer, input)
        expectClose(layer(input), expected, shape: shape, tolerance: 5e-6)
    }

    @Test("gradients agree with finite differences", arguments: cases[0..<6])
    func gradients(_ test: Case) {
        let layer = layer(test)
        let input = Parameter(.randomNormal(test.input, from: RandomSource(seed: 4)))
        expectGradients(of: [input] + layer.parameters) { layer(input.value) }
    }

    @Test("has torch's names, shapes and default start")
    func start() throws {
        let layer = seeded { Conv2d(channels: 8, outputs: 64, kernelSize: 3, options: .init(groups: 2)) }
        #expect(layer.namedParameters.map(\.path) == ["weight", "bias"])
        #expect(layer.namedParameters.map(\.parameter.shape) == [[64, 4, 3, 3], [64]])
        #expect((layer.channels, layer.outputs) == (8, 64))
        let bound: Float = 1 / 6
        for parameter in layer.parameters {
            #expect(parameter.detached.largestMagnitude() <= bound)
            #expect(parameter.detached.largestMagnitude() > 0.9 * bound)
        }
        #expect(
            Conv2d(channels: 1, outputs: 1, kernelSize: 1, hasBias: false).namedParameters.map(\.path) == ["weight"])
    }

    @Test("applies a normalisation and an activation after it", arguments: [true, false])
    func followers(isTraining: Bool) {
        let layer = layer(Self.cases[1]), norms = [BatchNorm2d(channels: 5), BatchNorm2d(channels: 5)]
        let input = Tensor.randomNormal(Self.cases[1].input, from: RandomSource(seed: 4))
        let run = { isTraining ? withTraining($0) : $0() } as (() -> Tensor) -> Tensor
        expectSameBits(run { layer(input, norm: norms[0], activation: .relu) }, run { norms[1](layer(input)).relu() })
        expectSameBits(norms[0].runningMean.detached, norms[1].runningMean.detached)
    }

    private func layer(_ test: Case) -> Conv2d {
        seeded(7) {
            Conv2d(
                channels: test.channels, outputs: test.outputs, kernelSize: test.kernel, options: test.options,
                hasBias: test.hasBias)
        }
    }

    private func naive(_ layer: Conv2d, _ input: Tensor) -> (values: [Float], shape: [Int]) {
        let x = input.floatArray, w = layer.parameters[0].detached.floatArray, options = layer.options
        let (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        let kernel = layer.parameters[0].shape[2], perGroup = channels / options.groups,
            outputsPerGroup = layer.outputs / options.groups
        func size(_ input: Int) -> Int {
            (input + 2 * options.padding - options.dilation * (kernel - 1) - 1) / options.stride + 1
        }
        let shape = [batch, layer.outputs, size(height), size(width)]
        var values: [Float] = []
        for image in 0..<batch {
            for output in 0..<layer.outputs {
                for row in 0..<shape[2] {
                    for column in 0..<shape[3] {
                        var sum = Double(layer.bias?.detached.floatArray[output] ?? 0)
                        for c in 0..<perGroup {
                            let channel = output / outputsPerGroup * perGroup + c
                            for (i, j) in (0..<kernel * kernel).map({ ($0 / kernel, $0 % kernel) }) {
                                let y = row * options.stride + i * options.dilation - options.padding
                                let z = column * options.stride + j * options.dilation - options.padding
                                guard (0..<height).contains(y), (0..<width).contains(z) else { continue }
                                let weight = w[((output * perGroup + c) * kernel + i) * kernel + j]
                                sum +=
                                    Double(weight) * Double(x[((image * channels + channel) * height + y) * width + z])
                            }
                        }
                        values.append(Float(sum))
                    }
                }
            }
        }
        return (values, shape)
    }
}
