import LatheTensor
import LatheTestFiles
import Testing

/// A convolution's sizes and options.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
    var batch = 2, channels = 3, outputs = 4, height = 7, width = 6, kernelHeight = 3, kernelWidth = 3
    var options = ConvolutionOptions()
    var testDescription: String {
        "\(batch)×\(channels)×\(height)×\(width) by \(outputs)×\(kernelHeight)×\(kernelWidth), stride \(options.stride), "
            + "padding \(options.padding), dilation \(options.dilation), groups \(options.groups)"
    }

    static let all = [
        ConvolutionCase(),
        ConvolutionCase(batch: 1, channels: 1, outputs: 1, height: 1, width: 1, kernelHeight: 1, kernelWidth: 1),
        ConvolutionCase(kernelHeight: 1, kernelWidth: 1),
        ConvolutionCase(kernelHeight: 1, kernelWidth: 1, options: .init(stride: 2)),
        ConvolutionCase(kernelHeight: 2, kernelWidth: 5),
        ConvolutionCase(options: .init(stride: 2)),
        ConvolutionCase(options: .init(stride: 3, padding: 1)),
        ConvolutionCase(options: .init(padding: 1)),
        ConvolutionCase(options: .init(padding: 3)),
        ConvolutionCase(options: .init(dilation: 2)),
        ConvolutionCase(options: .init(stride: 2, padding: 2, dilation: 2)),
        ConvolutionCase(channels: 4, outputs: 6, options: .init(padding: 1, groups: 2)),
        ConvolutionCase(channels: 5, outputs: 5, options: .init(stride: 2, padding: 1, groups: 5)),
        ConvolutionCase(channels: 3, outputs: 6, options: .init(stride: 1, padding: 1, dilation: 2, groups: 3)),
        ConvolutionCase(
            batch: 3, channels: 3, outputs: 2, height: 8, width: 8, kernelHeight: 4, kernelWidth: 4,
            options: .init(stride: 4)),
        ConvolutionCase(batch: 1, channels: 2, outputs: 3, height: 3, width: 3),
    ]

    static let large = [
        ConvolutionCase(batch: 2, channels: 17, outputs: 31, height: 19, width: 23, options: .init(padding: 1)),
        ConvolutionCase(
            batch: 3, channels: 3, outputs: 16, height: 32, width: 32, kernelHeight: 7, kernelWidth: 7,
            options: .init(stride: 2, padding: 3)),
        ConvolutionCase(batch: 2, channels: 64, outputs: 37, height: 9, width: 9, kernelHeight: 1, kernelWidth: 1),
        ConvolutionCase(
            batch: 1, channels: 32, outputs: 32, height: 13, width: 13, options: .init(padding: 1, groups: 32)),
    ]

    var input: Tensor { numbers([batch, channels, height, width], seed: 1) }
    var weight: Tensor { numbers([outputs, channels / options.groups, kernelHeight, kernelWidth], seed: 2) }
    var bias: Tensor { numbers([outputs], seed: 3) }
}

/// The sum over the window, for every output.
func convolution(_ x: Reference, _ weight: Reference, _ bias: Reference?, _ options: ConvolutionOptions) -> Reference {
    let (height, width) = (x.shape[2], x.shape[3]), (rows, columns) = (weight.shape[2], weight.shape[3])
    let outputs = weight.shape[0], depth = weight.shape[1]
    func size(_ input: Int, _ kernel: Int) -> Int {
        (input + 2 * options.padding - options.dilation * (kernel - 1) - 1) / options.stride + 1
    }
    return Reference([x.shape[0], outputs, size(height, rows), size(width, columns)]) { index in
        let (image, output) = (index[0], index[1])
        let firstChannel = output / (outputs / options.groups) * depth
        var sum = bias.map { $0[output] } ?? 0
        for channel in 0..<depth {
            for u in 0..<rows {
                let row = index[2] * options.stride + u * options.dilation - options.padding
                guard (0..<height).contains(row) else { continue }
                for v in 0..<columns {
                    let column = index[3] * options.stride + v * options.dilation - options.padding
                    guard (0..<width).contains(column) else { continue }
                    let place = ((image * x.shape[1] + firstChannel + channel) * height + row) * width + column
                    sum += x.values[place] * weight.values[((output * depth + channel) * rows + u) * columns + v]
                }
            }
        }
        return sum
    }
}

@Suite("Convolution")
struct ConvolutionTests {
    @Test(
        "Values agree with plain loops, with and without bias", arguments: ConvolutionCase.all + ConvolutionCase.large)
    func values(_ size: ConvolutionCase) {
        let x = Reference(size.input), weight = Reference(size.weight)
        expectClose(
            size.input.conv2d(size.weight, options: size.options), convolution(x, weight, nil, size.options), .sum)
        let expected = convolution(x, weight, Reference(size.bias), size.options)
        expectClose(size.input.conv2d(size.weight, bias: size.bias, options: size.options), expected, .sum)
    }

    @Test("Gradients of input, weight and bias are right", arguments: ConvolutionCase.all)
    func gradients(_ size: ConvolutionCase) {
        expectGradientsMatch([size.input, size.weight, size.bias]) {
            $0[0].conv2d($0[1], bias: $0[2], options: size.options)
        }
    }

    @Test("Gradients are right without a bias, and where only input or weight needs one")
    func partialGradients() {
        let size = ConvolutionCase(options: .init(stride: 2, padding: 1))
        expectGradientsMatch([size.input, size.weight]) { $0[0].conv2d($0[1], options: size.options) }
        expectGradientsMatch([size.input]) { $0[0].conv2d(size.weight, bias: size.bias, options: size.options) }
        expectGradientsMatch([size.weight]) { size.input.conv2d($0[0], bias: size.bias, options: size.options) }
    }

    @Test(
        "Gradients of larger convolutions agree at sampled elements", .tags(.slow), .unlessQuick,
        arguments: ConvolutionCase.large)
    func largeGradients(_ size: ConvolutionCase) {
        // A convolution is linear in each argument: a long step is exact, and drowns the rounding of long sums.
        expectGradientsMatch([size.input, size.weight, size.bias], step: 1, tolerance: 1e-3) {
            $0[0].conv2d($0[1], bias: $0[2], options: size.options)
        }
    }

    @Test("Kernels larger than the padded input, and channels that groups do not divide, are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) {
            // Rounding (2 - 3) / 2 toward zero would leave one output.
            _ = Tensor.zeros([1, 1, 2, 2]).conv2d(.zeros([1, 1, 3, 3]), options: .init(stride: 2))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([1, 3, 4, 4]).conv2d(.zeros([2, 1, 3, 3]), options: .init(groups: 2))
        }
    }
}
