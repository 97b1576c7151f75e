import LatheNN
import LatheTensor

/// The 8-bit weight of a convolution with one scale per output; images are quantised as they come, one symmetric scale each.
///
/// In a file: `<path>.weight`, int8 `[outputs, channels, kernelHeight, kernelWidth]`, and `<path>.weight_scale`, float32 `[outputs, 1, 1, 1]`.
public final class Int8Convolution: PackedConvolutionWeight {
    /// int8, `[outputs, channels, kernelHeight, kernelWidth]`
    public let codes: Tensor
    /// float32, `[outputs, 1, 1, 1]`
    public let scales: Tensor
    private let packed: PackedConvolution

    /// A weight from codes `[outputs, channels, kernelHeight, kernelWidth]` and scales `[outputs, 1, 1, 1]`.
    public init(codes: Tensor, scales: Tensor) {
        precondition(scales.shape == [codes.shape[0], 1, 1, 1], "scales \(scales.shape) for codes \(codes.shape)")
        self.codes = codes
        self.scales = scales
        packed = PackedConvolution(codes: codes, scales: scales.reshaped([codes.shape[0]]))
    }

    /// Quantises a float weight, one symmetric scale per output, as `Int8Weight` does.
    public convenience init(quantizing weight: Tensor) {
        let quantized = weight.reshaped([weight.shape[0], -1]).quantizedRows()
        self.init(codes: quantized.codes.reshaped(weight.shape), scales: quantized.scales.reshaped([weight.shape[0], 1, 1, 1]))
    }

    public var shape: [Int] { codes.shape }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { [("", codes), ("_scale", scales)] }
    public var unpacked: Tensor { codes.cast(to: .float32) * scales }

    public func convolve(
        _ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions
    ) -> Tensor {
        packed.convolve(input, factor: factor, bias: bias, activation: activation, options: options)
    }
}
