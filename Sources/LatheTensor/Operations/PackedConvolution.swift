/// The 8-bit weight of a convolution, laid out in the panels that this machine's matrix product reads. Images are
/// quantised as they come, one symmetric scale each.
package final class PackedConvolution {
    private let weight: ImageWeight

    /// Packs int8 codes `[outputs, channels, kernelHeight, kernelWidth]` with scales `[outputs]`.
    package init(codes: Tensor, scales: Tensor) {
        weight = ImageWeight(codes: codes, scales: scales, factor: nil, bias: nil)
    }

    /// `[outputs, channels, kernelHeight, kernelWidth]`
    package var shape: [Int] { weight.shape }

    /// `activation(factor · convolution(input) + bias)`; nothing is recorded for `backward()`.
    ///
    /// - Parameters:
    ///   - input: `[batch, channels, height, width]`.
    ///   - factor: `[outputs]`, such as a batch normalisation's; nil for 1.
    ///   - bias: `[outputs]`.
    ///   - activation: what follows.
    ///   - options: without groups.
    /// - Returns: `[batch, outputs, height', width']`.
    package func convolve(
        _ input: Tensor, factor: Tensor? = nil, bias: Tensor? = nil, activation: Activation = .identity,
        options: ConvolutionOptions
    ) -> Tensor {
        precondition(options.groups == 1, "an 8-bit convolution has no groups")
        let output = ConvolutionCall(input, weightShape: shape, bias, options).outputShape
        var codes = ImageProgram.Value(.codes, channels: shape[1], height: input.shape[2], width: input.shape[3])
        codes.border = options.padding
        var images = ImageProgram.Value(
            .float32, channels: shape[1], height: input.shape[2], width: input.shape[3], pitch: codes.pitch)
        images.findsLargest = true
        let result = ImageProgram.Value(.float32, channels: shape[0], height: output[2], width: output[3])
        let window = ImageProgram.Window(height: shape[2], width: shape[3], options: options)
        let joined: Activation = activation == .relu ? .relu : .identity
        let program = ImageProgram(
            [images, codes, result],
            [
                .load(0), .quantize(0, to: 1),
                .convolve(
                    1, weight.rescaled(by: factor, bias: bias), window, residual: nil, activation: joined, to: 2,
                    codes: nil), .store(2),
            ])
        return joined == activation ? program(input) : program(input).activated(activation)
    }
}
