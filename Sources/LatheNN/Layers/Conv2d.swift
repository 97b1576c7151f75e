import LatheTensor

/// A two-dimensional convolution of images `[batch, channels, height, width]`.
public final class Conv2d: Module {
    /// `[outputs, channels / groups, kernelHeight, kernelWidth]`
    @Child("weight") public var weight: Parameter
    /// `[outputs]`
    @Child("bias") public var bias: Parameter?
    /// Stride, padding, dilation, groups.
    public var options: ConvolutionOptions

    /// Weights and biases uniform in ±1/√n, n being the number of inputs of one output, as in torch.
    public init(channels: Int, outputs: Int, kernelSize: Int, options: ConvolutionOptions = .init(), hasBias: Bool = true) {
        precondition(
            channels % options.groups == 0 && outputs % options.groups == 0,
            "\(channels) channels and \(outputs) outputs do not split into \(options.groups) groups")
        self.options = options
        let shape = [outputs, channels / options.groups, kernelSize, kernelSize]
        weight = Parameter(Initializer.kaimingUniform.tensor(shape))
        let bound = 1 / Float(max(Array(shape.dropFirst()).elementCount, 1)).squareRoot()
        bias = hasBias ? Parameter(Initializer.uniform(bound: bound).tensor([outputs])) : nil
    }

    public var channels: Int { weight.shape[1] * options.groups }
    public var outputs: Int { weight.shape[0] }

    /// `[batch, outputs, height', width']` for `[batch, channels, height, width]`, with size' = (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.conv2d(weight.value, bias: bias?.value, options: options)
    }
}
