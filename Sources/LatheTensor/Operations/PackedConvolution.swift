import LatheKernels

/// The 8-bit weight of a convolution, laid out in the panels that this machine's matrix product reads. Images are
/// quantised as they come, one symmetric scale each.
package final class PackedConvolution {
    /// `[outputs, channels, kernelHeight, kernelWidth]`
    package let shape: [Int]
    /// `[outputs]`: the value of a weight is `scales[output] * code`.
    package let scales: Tensor
    private let panels: Storage

    /// Packs int8 codes `[outputs, channels, kernelHeight, kernelWidth]` with scales `[outputs]`.
    package init(codes: Tensor, scales: Tensor) {
        precondition(
            codes.dtype == .int8 && codes.rank == 4 && scales.shape == [codes.shape[0]],
            "int8 codes \(codes.dtype) \(codes.shape), scales \(scales.shape)")
        shape = codes.shape
        self.scales = scales
        let window = codes.permuted([0, 2, 3, 1])
        let (n, k) = (Int64(shape[0]), Int64(codes.elementCount / max(shape[0], 1)))
        panels = Storage(byteCount: lathe_gemm_packed_size(nil, LATHE_COMPUTE_INT8, k, n))
        withPointers(window.rawElements, panels) { codes, panels in
            check(
                lathe_gemm_pack(nil, LATHE_COMPUTE_INT8, k, n, codes, LATHE_S8, k, true, panels),
                "packing a convolution")
        }
    }

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
        let call = ConvolutionCall(input, weightShape: shape, bias, options)
        let scale = factor.map { Tensor.binary(LATHE_MULTIPLY, scales, $0) } ?? scales
        let result = Tensor(uninitialized: call.outputShape)
        withPointers(input, panels, scale, bias, result) { x, panels, scale, bias, y in
            var args = lathe_convolution_int8_args()
            args.shape = call.args
            args.x = UnsafePointer(x)
            args.weight = UnsafeRawPointer(panels)
            args.scale = UnsafePointer(scale)
            args.bias = UnsafePointer(bias)
            args.activation = activation.kernel
            args.y = y
            let size = lathe_convolution_int8_workspace(&args)
            withWorkspace(size) { check(lathe_convolution_int8(&args, $0, size), "8-bit convolution") }
        }
        return result
    }
}
