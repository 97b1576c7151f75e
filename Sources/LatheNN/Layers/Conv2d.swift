import LatheTensor

/// A two-dimensional convolution of images `[batch, channels, height, width]`.
public final class Conv2d: Module {
    /// `[outputs, channels / groups, kernelHeight, kernelWidth]`
    @Child("weight") public var weight: WeightForm<any PackedConvolutionWeight>
    /// `[outputs]`
    @Child("bias") public var bias: Parameter?
    /// What happens to the images first.
    @Child("") public var activationTransforms: ActivationTransforms
    /// Stride, padding, dilation, groups.
    public var options: ConvolutionOptions

    /// Weights and biases uniform in ±1/√n, n being the number of inputs of one output, as in torch.
    public init(
        channels: Int, outputs: Int, kernelSize: Int, options: ConvolutionOptions = .init(), hasBias: Bool = true
    ) {
        precondition(
            channels % options.groups == 0 && outputs % options.groups == 0,
            "\(channels) channels and \(outputs) outputs do not split into \(options.groups) groups")
        self.options = options
        let shape = [outputs, channels / options.groups, kernelSize, kernelSize]
        weight = .dense(Parameter(Initializer.kaimingUniform.tensor(shape)))
        let bound = 1 / Float(max(Array(shape.dropFirst()).elementCount, 1)).squareRoot()
        bias = hasBias ? Parameter(Initializer.uniform(bound: bound).tensor([outputs])) : nil
        activationTransforms = ActivationTransforms()
    }

    public var channels: Int { weight.shape[1] * options.groups }
    public var outputs: Int { weight.shape[0] }

    /// `activation(norm(convolution(input)))`, in one pass where the weight is packed.
    ///
    /// `[batch, outputs, height', width']` for `[batch, channels, height, width]`, with size' = (size + 2
    /// padding - dilation (kernel - 1) - 1) / stride + 1.
    public func callAsFunction(_ input: Tensor, norm: BatchNorm2d? = nil, activation: Activation = .identity) -> Tensor
    {
        let input = activationTransforms(LinearInput(input), rowCount: input.shape[0]).tensor
        let tensors: TransformedTensors
        switch weight {
        case .dense(let parameter): tensors = TransformedTensors(weight: parameter.value, bias: bias?.value)
        case .transformed(let transformed): tensors = transformed.tensors(bias: bias?.value)
        case .packed(let packed):
            guard let norm else {
                return packed.convolve(
                    input, factor: nil, bias: bias?.detached, activation: activation, options: options)
            }
            let (factor, offset) = norm.affineForm
            let shifted = bias.map { $0.detached * factor + offset } ?? offset
            return packed.convolve(input, factor: factor, bias: shifted, activation: activation, options: options)
        }
        let result = input.conv2d(tensors.weight, bias: tensors.bias, options: options)
        return (norm.map { $0(result) } ?? result).activated(activation)
    }
}
