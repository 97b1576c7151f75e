import LatheNN
import LatheTensor

/// The weight of a convolution in few bits. Images that are quantised with a symmetric range of 8 bits each are
/// multiplied in integers; other convolutions compute in floats, and only their files are small.
package final class QuantizedConvolution: PackedConvolutionWeight, StoredWeight {
    /// `[outputs, channels / groups, kernelHeight, kernelWidth]`
    package let tensor: PackedTensor
    package let scheme: LayerScheme
    /// How the product itself quantises images; nil where it computes in floats.
    private let integerInputs: ActivationScheme?
    private let integers: Prepacked<PackedTensor, PackedConvolution>
    private let floats: Prepacked<PackedTensor, Tensor>

    /// - Parameters:
    ///   - tensor: `[outputs, channels, height, width]`.
    ///   - isForIntegers: whether images are quantised as they come (`ActivationScheme.dynamicInt8`).
    /// - Precondition: `isForIntegers` goes with a weight that `multipliesInIntegers` accepts, and a convolution
    ///   without groups.
    package init(_ tensor: PackedTensor, isForIntegers: Bool) {
        precondition(
            tensor.shape.count == 4 && (!isForIntegers || Self.multipliesInIntegers(tensor)),
            "a convolution's weight \(tensor.shape)")
        self.tensor = tensor
        (integers, floats) = (Prepacked(tensor), Prepacked(tensor))
        integerInputs = isForIntegers ? .dynamicInt8 : nil
        var scheme = tensor.scheme
        scheme.inputs = integerInputs
        self.scheme = scheme
    }

    /// Whether the codes have one scale for an output at most, and no zero point.
    package static func multipliesInIntegers(_ tensor: PackedTensor) -> Bool {
        tensor.zeroPoints == nil && tensor.groupCount == 1
    }

    package var shape: [Int] { tensor.shape }
    package var codes: PackedTensor? { tensor }
    package var hasIntegerCodes: Bool { Self.multipliesInIntegers(tensor) }
    package func integerCodes() -> (codes: Tensor, scales: Tensor)? {
        guard hasIntegerCodes else { return nil }
        return (tensor.matrix.codes.reshaped(tensor.shape), tensor.matrix.scales.reshaped([tensor.rows]))
    }
    package var activationGrid: ActivationGrid? { integerInputs.flatMap { ActivationGrid($0, nil) } }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { tensor.storedTensors }
    package var unpacked: Tensor { tensor.dequantized }

    package func convolve(
        _ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions
    ) -> Tensor {
        if integerInputs != nil {
            let weight = integers.layout { tensor in
                PackedConvolution(
                    codes: tensor.matrix.codes.reshaped(tensor.shape),
                    scales: tensor.matrix.scales.reshaped([tensor.rows]))
            }
            return weight.convolve(input, factor: factor, bias: bias, activation: activation, options: options)
        }
        let weight = floats.layout(\.dequantized)
        return input.convolved(weight, factor: factor, bias: bias, activation: activation, options: options)
    }
}

extension Tensor {
    /// `activation(factor · convolution(self) + bias)` in floats, factor and bias `[outputs]`.
    func convolved(
        _ weight: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions
    ) -> Tensor {
        guard let factor else { return conv2d(weight, bias: bias, options: options).activated(activation) }
        let outputs = [weight.shape[0], 1, 1], result = conv2d(weight, options: options) * factor.reshaped(outputs)
        return (bias.map { result + $0.reshaped(outputs) } ?? result).activated(activation)
    }
}
