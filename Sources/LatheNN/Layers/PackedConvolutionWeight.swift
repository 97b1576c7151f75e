import LatheTensor

/// A convolution's weight, `[outputs, channels / groups, kernelHeight, kernelWidth]`, in a form made for inference.
public protocol PackedConvolutionWeight: PackedWeight {
    /// `activation(factor · convolution(input) + bias)`, factor and bias `[outputs]`; nothing is recorded for
    /// `backward()`.
    func convolve(_ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions)
        -> Tensor
}
