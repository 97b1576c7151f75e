import LatheTensor

/// The weight of a convolution: what training changes, or what a packed model computes with. The layer stays the same
/// type.
public enum ConvolutionWeight {
    /// Trainable floats, `[outputs, channels / groups, kernelHeight, kernelWidth]`.
    case dense(Parameter)
    /// The same, seen through masks and fake quantisers.
    case transformed(TransformedWeight)
    /// A form that only inference uses.
    case packed(any PackedConvolutionWeight)

    /// `[outputs, channels / groups, kernelHeight, kernelWidth]`
    public var shape: [Int] {
        switch self {
        case .dense(let parameter): parameter.shape
        case .transformed(let weight): weight.parameter.shape
        case .packed(let weight): weight.shape
        }
    }
}

extension ConvolutionWeight: LayerWeight {
    public var parameter: Parameter? {
        switch self {
        case .dense(let parameter): parameter
        case .transformed(let weight): weight.parameter
        case .packed: nil
        }
    }

    public var transformed: TransformedWeight? {
        if case .transformed(let weight) = self { weight } else { nil }
    }

    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        switch self {
        case .dense(let parameter): visitor.visit(parameter, at: path)
        case .transformed(let weight): weight.visit(at: path, &visitor)
        case .packed(let weight): visitor.visit(packed: path) { weight.storedTensors }
        }
    }
}

/// A convolution's weight in a form made for inference.
public protocol PackedConvolutionWeight: AnyObject {
    /// `[outputs, channels / groups, kernelHeight, kernelWidth]`
    var shape: [Int] { get }
    /// What a checkpoint holds of this weight; a suffix is put behind the weight's path.
    var storedTensors: [(suffix: String, tensor: Tensor)] { get }
    /// The float values that this weight stands for.
    var unpacked: Tensor { get }
    /// `activation(factor · convolution(input) + bias)`, factor and bias `[outputs]`; nothing is recorded for
    /// `backward()`.
    func convolve(_ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions)
        -> Tensor
}
