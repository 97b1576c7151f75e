import LatheTensor

/// A convolution's weight, `[outputs, channels / groups, kernelHeight, kernelWidth]`, in a form made for inference.
public protocol PackedConvolutionWeight: PackedWeight {
    /// Whether the weight consists of codes with one scale for an output at most, and no zero points.
    var hasIntegerCodes: Bool { get }
    /// Returns the weight as int8 codes of its shape and the value of a code for each output, `[outputs]`; `nil` if it
    /// has no such form.
    func integerCodes() -> (codes: Tensor, scales: Tensor)?
    /// `activation(factor · convolution(input) + bias)`, factor and bias `[outputs]`; nothing is recorded for
    /// `backward()`.
    func convolve(_ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions)
        -> Tensor
}

extension PackedConvolutionWeight {
    public var hasIntegerCodes: Bool { false }
    public func integerCodes() -> (codes: Tensor, scales: Tensor)? { nil }
}
