import LatheTensor
import Testing

@Suite("8-bit convolution")
struct PackedConvolutionTests {
    private static let cases = (ConvolutionCase.all + ConvolutionCase.large).filter { $0.options.groups == 1 }

    @Test("Images and weights multiply as codes and scales", arguments: cases)
    func values(_ size: ConvolutionCase) {
        let x = size.input / 3
        let codes = (wholeNumbers(size.weight.shape, seed: 2, below: 256).cast(to: .float32) - 128).cast(to: .int8)
        let scales = numbers([size.outputs], seed: 3, in: 0.25...1),
            factor = numbers([size.outputs], seed: 4, in: 0.5...1)
        let packed = PackedConvolution(codes: codes, scales: scales)
        let s = Reference(scales), f = Reference(factor), c = Reference(codes)
        let weight = Reference(codes.shape) { c[$0] * s[$0[0]] * f[$0[0]] }
        let expected = convolution(quantizedImages(x), weight, Reference(size.bias), size.options).map { max($0, 0) }
        let result = packed.convolve(x, factor: factor, bias: size.bias, activation: .relu, options: size.options)
        expectClose(result, expected, .sum)
    }

    /// The values that 8-bit codes with one symmetric scale for each image stand for.
    private func quantizedImages(_ x: Tensor) -> Reference {
        let count = x.elementCount / x.shape[0], values = x.floatArray
        let result = (0..<x.shape[0]).flatMap { image -> [Double] in
            let image = values[image * count..<(image + 1) * count]
            let scale = 2 * (image.map(abs).max() ?? 0) / 256
            return image.map { Double(scale) * Double(min(max(($0 / scale).rounded(.toNearestOrEven), -128), 127)) }
        }
        return Reference(shape: x.shape, values: result)
    }
}
