import LatheTensor
import Testing

/// Programs of one convolution, compared with plain loops.
@Suite("Networks of convolutions, channels last")
struct ImageProgramTests {
    private static let cases = (ConvolutionCase.all + ConvolutionCase.large).filter { $0.options.groups == 1 }

    private func value(
        _ elements: ImageProgram.Elements, _ shape: [Int], border: Int = 0, pitch: Int? = nil
    ) -> ImageProgram.Value {
        var value = ImageProgram.Value(
            elements, channels: shape[1], height: shape[2], width: shape[3], pitch: pitch)
        value.border = border
        return value
    }

    private func window(_ size: ConvolutionCase) -> ImageProgram.Window {
        ImageProgram.Window(height: size.kernelHeight, width: size.kernelWidth, options: size.options)
    }

    @Test("Float convolutions add bias and residual before ReLU", arguments: cases, [Precision.float32, .bfloat16])
    func floats(_ size: ConvolutionCase, _ precision: Precision) {
        let factor = numbers([size.outputs], seed: 4, in: 0.5...1), f = Reference(factor), w = Reference(size.weight)
        let scaled = Reference(w.shape) { w[$0] * f[$0[0]] }
        var x = Reference(size.input), weight = scaled
        if precision == .bfloat16 {
            x = Reference(size.input.cast(to: .bfloat16).cast(to: .float32))
            let folded = size.weight * factor.reshaped([size.outputs, 1, 1, 1])
            weight = Reference(folded.cast(to: .bfloat16).cast(to: .float32))
        }
        let sums = convolution(x, weight, Reference(size.bias), size.options)
        let output = sums.shape
        // A first step gives the residual of a second one.
        let expected = sums.map { max($0 + max($0, 0), 0) }
        let form: ImageProgram.Elements = precision == .bfloat16 ? .bfloat16 : .float32
        let packed = ImageWeight(size.weight, factor: factor, bias: size.bias, precision: precision)
        let values = [
            value(.float32, size.input.shape), value(form, size.input.shape, border: size.options.padding),
            value(.float32, output), value(.float32, output),
        ]
        let loads: [ImageProgram.Step] = precision == .bfloat16 ? [.load(0), .round(0, to: 1)] : [.load(1)]
        let program = ImageProgram(
            values,
            loads + [
                .convolve(1, packed, window(size), residual: nil, activation: .relu, to: 2, codes: nil),
                .convolve(1, packed, window(size), residual: 2, activation: .relu, to: 3, codes: nil), .store(3),
            ])
        expectClose(program(size.input), expected, .sum)
    }

    @Test(
        "8-bit convolutions multiply the codes of a static range", arguments: cases,
        [QuantizationGrid.symmetric, .asymmetric])
    func staticCodes(_ size: ConvolutionCase, _ grid: QuantizationGrid) {
        let codes = (wholeNumbers(size.weight.shape, seed: 2, below: 256).cast(to: .float32) - 128).cast(to: .int8)
        let scales = numbers([size.outputs], seed: 3, in: 0.25...1) / 64
        let range = ActivationGrid(grid: grid, range: .init(low: -0.8, high: 1.1))
        let quantization = FakeQuantization(bits: 8, grid: grid)
        let s = Reference(scales), c = Reference(codes)
        let weight = Reference(codes.shape) { c[$0] * s[$0[0]] }
        let x = Reference(size.input.fakeQuantized(quantization, from: -0.8, to: 1.1))
        let sums = convolution(x, weight, Reference(size.bias), size.options).map { max($0, 0) }
        let packed = ImageWeight(codes: codes, scales: scales, factor: nil, bias: size.bias)
        let program = ImageProgram(
            [
                value(.float32, size.input.shape),
                value(.staticCodes(range), size.input.shape, border: size.options.padding),
                value(.float32, sums.shape),
            ],
            [
                .load(0), .quantize(0, to: 1),
                .convolve(1, packed, window(size), residual: nil, activation: .relu, to: 2, codes: nil), .store(2),
            ])
        expectClose(program(size.input), sums, .sum)
    }

    @Test("An image gives the same bits in every batch, on any number of threads")
    func batches() {
        let weight = numbers([19, 6, 3, 3], seed: 1), second = numbers([7, 19, 1, 1], seed: 2)
        let codes = (wholeNumbers([19, 6, 3, 3], seed: 3, below: 255).cast(to: .float32) - 127).cast(to: .int8)
        let options = ConvolutionOptions(stride: 2, padding: 1), output = [1, 19, 9, 8]
        func window(_ size: Int, _ options: ConvolutionOptions) -> ImageProgram.Window {
            ImageProgram.Window(height: size, width: size, options: options)
        }
        func program(_ first: ImageWeight, _ form: ImageProgram.Elements) -> ImageProgram {
            var input = value(.float32, [1, 6, 17, 16], pitch: form == .codes ? 8 : 6)
            input.findsLargest = form == .codes
            return ImageProgram(
                [
                    input, value(form, [1, 6, 17, 16], border: 1), value(.float32, output),
                    value(.float32, [1, 7, 9, 8]),
                ],
                (form == .codes ? [.load(0), .quantize(0, to: 1)] : [.load(1)]) + [
                    .convolve(1, first, window(3, options), residual: nil, activation: .relu, to: 2, codes: nil),
                    .convolve(
                        2, ImageWeight(second, factor: nil, bias: nil, precision: .float32), window(1, .init()),
                        residual: nil, activation: .identity, to: 3, codes: nil), .mean(3),
                ])
        }
        let images = numbers([9, 6, 17, 16], seed: 5)
        let floats = program(ImageWeight(weight, factor: nil, bias: nil, precision: .float32), .float32)
        let integers = program(
            ImageWeight(codes: codes, scales: numbers([19], seed: 4, in: 0.5...1), factor: nil, bias: nil), .codes)
        for program in [floats, integers] {
            let together = program(images).floatArray
            #expect((0..<9).flatMap { program(images[$0..<$0 + 1]).floatArray } == together)
            #expect(program(images[0..<3]).floatArray + program(images[3..<9]).floatArray == together)
        }
    }

    @Test("The largest value of each window, which the image's edge may cut")
    func maxPool() {
        let images = numbers([2, 5, 11, 8], seed: 6)
        let window = ImageProgram.Window(height: 3, width: 3, options: .init(stride: 2, padding: 1))
        let program = ImageProgram(
            [value(.float32, [1, 5, 11, 8]), value(.float32, [1, 5, 6, 4])],
            [.load(0), .maxPool(0, window, to: 1), .store(1)])
        expectClose(program(images), images.maxPool2d(size: 3, stride: 2, padding: 1), .exact)
    }
}
