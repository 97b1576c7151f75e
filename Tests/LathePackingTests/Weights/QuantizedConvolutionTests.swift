import LatheNN
import LatheTensor
import Testing

@testable import LathePacking

@Suite("Convolutions in few bits")
struct QuantizedConvolutionTests {
    private let random = RandomSource(seed: 8)

    struct Shape: Sendable, CustomTestStringConvertible {
        let batch, channels, outputs, size, kernel: Int
        let options: ConvolutionOptions
        var testDescription: String { "\(batch)×\(channels)→\(outputs), \(size)², kernel \(kernel), \(options)" }
    }

    static let shapes = [
        Shape(batch: 1, channels: 1, outputs: 1, size: 1, kernel: 1, options: .init()),
        Shape(batch: 3, channels: 5, outputs: 7, size: 9, kernel: 3, options: .init(padding: 1)),
        Shape(batch: 2, channels: 16, outputs: 33, size: 13, kernel: 3, options: .init(stride: 2, padding: 1)),
        Shape(batch: 2, channels: 3, outputs: 4, size: 17, kernel: 3, options: .init(padding: 2, dilation: 2)),
        Shape(batch: 1, channels: 8, outputs: 16, size: 8, kernel: 1, options: .init(stride: 2)),
    ]

    @Test("Equals the convolution of the fake-quantised image and weight", arguments: shapes)
    func product(_ shape: Shape) throws {
        let weight = Tensor.randomNormal([shape.outputs, shape.channels, shape.kernel, shape.kernel], from: random)
        let input = Tensor.randomNormal([shape.batch, shape.channels, shape.size, shape.size], from: random)
        let factor = Tensor.randomUniform([shape.outputs], in: 0.5..<2, from: random)
        let bias = Tensor.randomNormal([shape.outputs], from: random)
        let grid = try #require(ValueGrid(of: weight, FakeQuantization(bits: 8), groupCount: shape.outputs))
        let rounded = weight.fakeQuantized(FakeQuantization(bits: 8), groupCount: shape.outputs)
        let packed = QuantizedConvolution(
            try #require(PackedTensor(exactly: rounded, on: grid, isForIntegers: true)), isForIntegers: true)
        #expect(packed.unpacked.floatArray == rounded.floatArray)
        let result = packed.convolve(input, factor: factor, bias: bias, activation: .relu, options: shape.options)
        let (codes, scales) = input.reshaped([shape.batch, -1]).quantizedRows()
        let image = (codes.cast(to: .float32) * scales).reshaped(input.shape)
        let channel = [shape.outputs, 1, 1]
        let expected =
            (image.conv2d(packed.unpacked, options: shape.options) * factor.reshaped(channel) + bias.reshaped(channel))
            .relu()
        #expect(result.shape == expected.shape)
        let difference = (result - expected).largestMagnitude()
        #expect(difference <= 1e-5 * (1 + expected.largestMagnitude()), "differs by \(difference)")
    }

    @Test("Batch normalisation and activation are folded in without changing the result")
    func folding() {
        let (layer, norm) = withRandomSource(random) {
            (Conv2d(channels: 6, outputs: 10, kernelSize: 3), BatchNorm2d(channels: 10))
        }
        norm.weight.value = .randomUniform([10], in: -1..<2, from: random)
        norm.bias.value = .randomNormal([10], from: random)
        norm.runningMean.value = .randomNormal([10], from: random)
        norm.runningVariance.value = .randomUniform([10], in: 0.5..<2, from: random)
        let input = Tensor.randomNormal([2, 6, 12, 12], from: random)
        layer.packWeights(.w8a8)
        let apart = withInference { norm(layer(input)).relu() }
        let folded = withInference { layer(input, norm: norm, activation: .relu) }
        let difference = (folded - apart).largestMagnitude()
        #expect(difference <= 1e-5 * (1 + apart.largestMagnitude()), "differs by \(difference)")
    }

    @Test("With images in floats it computes what the rounded weight does", arguments: [1, 2, 4, 8])
    func floats(bits: Int) throws {
        let weight = Tensor.randomNormal([6, 3, 3, 3], from: random),
            input = Tensor.randomNormal([2, 3, 7, 7], from: random)
        let factor = Tensor.randomUniform([6], in: 0.5..<2, from: random), bias = Tensor.randomNormal([6], from: random)
        let grid = try #require(ValueGrid(of: weight, FakeQuantization(bits: bits), groupCount: 1))
        let rounded = weight.fakeQuantized(FakeQuantization(bits: bits), groupCount: 1)
        let packed = QuantizedConvolution(
            try #require(PackedTensor(exactly: rounded, on: grid, isForIntegers: false)), isForIntegers: false)
        let options = ConvolutionOptions(padding: 1),
            result = packed.convolve(input, factor: factor, bias: bias, activation: .relu, options: options)
        let expected =
            (input.conv2d(rounded, options: options) * factor.reshaped([6, 1, 1]) + bias.reshaped([6, 1, 1])).relu()
        #expect(result.floatArray == expected.floatArray)
    }
}
