import LatheKernels

/// The weight of a linear layer, `[out, in]`, laid out in the panels that this machine's matrix product reads: for
/// inference, where a weight is used many times. Weights of few bits stay in their bits. The layout belongs to the
/// kernels in use and is never written to a file.
public final class PackedMatrix {
    /// In what arithmetic the product multiplies.
    public enum Arithmetic: Sendable, Hashable {
        case float32
        /// Weights and inputs rounded to bf16, sums in f32.
        case bfloat16
        /// Weights of 8 bits or fewer; inputs are quantised as they come, on this grid.
        case integer(ActivationGrid)
    }

    /// What was laid out.
    private enum Content {
        case floats
        /// The sizes and the form of a few-bit weight, without its panels.
        case codes(lathe_lowbit_weight)
    }

    public let arithmetic: Arithmetic
    public let outputs: Int
    public let inputs: Int
    /// Bytes that the panels, with scales and zero points, take in memory.
    public var byteCount: Int { panels.byteCount }

    private let panels: Storage
    private let content: Content

    /// Packs a float weight `[out, in]` for products in `precision`.
    public convenience init(_ weight: Tensor, precision: Precision) {
        self.init(StoredTensor(weight), precision: precision)
    }

    /// Packs a float weight `[out, in]` in the form that a file has for products in `precision`.
    package init(_ weight: StoredTensor, precision: Precision) {
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        arithmetic = precision == .float32 ? .float32 : .bfloat16
        content = .floats
        let (n, k) = (Int64(outputs), Int64(inputs))
        panels = Storage(forWeightOf: lathe_gemm_packed_size(nil, precision.compute, k, n))
        let elements = weight.elements(for: precision)
        withPointers(elements.rawElements, panels) { source, panels in
            check(
                lathe_gemm_pack(
                    nil, precision.compute, k, n, source, elements.dtype.kernelType, weight.isTransposed ? n : k,
                    !weight.isTransposed, panels),
                "packing a weight")
        }
    }

    /// Packs a few-bit weight, still in its bits, for products in `arithmetic`. With floats as arithmetic inputs stay
    /// floats, and the product turns codes into floats, a run at a time, before it multiplies them (weight-only
    /// quantisation).
    package init(_ weight: QuantizedMatrix, arithmetic: Arithmetic) {
        (outputs, inputs) = (weight.outputs, weight.inputs)
        self.arithmetic = arithmetic
        var form = lathe_lowbit_weight()
        form.compute = arithmetic.compute
        form.bits = Int32(weight.bits)
        (form.n, form.k, form.groups) = (Int64(outputs), Int64(inputs), Int64(weight.groups))
        form.zeros = weight.zeroPoints != nil
        panels = Storage(forWeightOf: lathe_lowbit_packed_size(nil, &form))
        content = .codes(form)
        withPointers(weight.codes.int8Elements, weight.scales, weight.zeroPoints, panels) {
            check(lathe_lowbit_pack(nil, &form, $0, $1, $2, $3), "packing a weight of few bits")
        }
    }

    /// The few-bit weight, read back from its panels; nil for a float one.
    package var quantized: QuantizedMatrix? {
        guard case .codes(var form) = content else { return nil }
        let codes = Tensor(uninitialized: [outputs, inputs], dtype: .int8),
            scales = Tensor(uninitialized: [outputs, Int(form.groups)])
        let zeroPoints = form.zeros ? Tensor(uninitialized: scales.shape) : nil
        withPointers(panels, codes.int8Elements, scales, zeroPoints) { panels, codes, scales, zeroPoints in
            form.packed = UnsafeRawPointer(panels)
            check(lathe_lowbit_unpack(nil, &form, codes, scales, zeroPoints), "reading back a weight of few bits")
        }
        return QuantizedMatrix(codes: codes, bits: Int(form.bits), scales: scales, zeroPoints: zeroPoints)
    }

    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    /// - Parameters:
    ///   - input: made of `[…, in]` for this weight's arithmetic.
    ///   - bias: `[out]`.
    ///   - activation: what follows.
    ///   - residual: added at the end, of the result's shape.
    public func linear(
        _ input: PreparedInput, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil
    ) -> Tensor {
        precondition(input.shape.last == inputs, "linear: input \(input.shape), weight [\(outputs), \(inputs)]")
        let result = Tensor(uninitialized: input.shape.dropLast() + [outputs])
        let rows = input.shape.elementCount / max(inputs, 1)
        MatrixProduct.withArguments(
            .init(input.values, columns: input.stride), nil, m: rows, n: outputs, k: inputs, into: result,
            .init(bias: bias, activation: activation, residual: residual)
        ) { args in
            args.compute = arithmetic.compute
            let codes = quantization(of: input)
            withPointers(codes?.scales, codes?.zeroPoints.int32Elements) { scales, zeroPoints in
                (args.a_scale, args.a_zero) = (UnsafePointer(scales), UnsafePointer(zeroPoints))
                run(&args)
            }
        }
        return result
    }

    /// The scales and zero points of an input for an integer product; `nil` for other arithmetic.
    private func quantization(of input: PreparedInput) -> PreparedInput.Quantization? {
        guard case .integer = arithmetic else { return nil }
        guard let quantization = input.quantization else {
            preconditionFailure("an integer product needs quantised inputs")
        }
        return quantization
    }

    /// Runs the product with the panels.
    private func run(_ args: inout lathe_gemm_args) {
        panels.withPointer { panels in
            switch content {
            case .floats:
                args.b_packed = UnsafeRawPointer(panels)
                MatrixProduct.run(args)
            case .codes(var form):
                form.packed = UnsafeRawPointer(panels)
                MatrixProduct.run(args, form)
            }
        }
    }
}
