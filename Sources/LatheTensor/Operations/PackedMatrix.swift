import LatheKernels

/// The weight of a linear layer, `[out, in]`, laid out in the panels that this machine's matrix product reads: for inference, where a weight is
/// used many times. The layout belongs to the kernels in use and is never written to a file.
public final class PackedMatrix {
    /// In what arithmetic the product multiplies.
    public enum Arithmetic: Sendable, Hashable {
        case float32
        /// Weights and inputs rounded to bf16, sums in f32.
        case bfloat16
        /// Weights of 8 bits or fewer; inputs are quantised as they come, on this grid.
        case integer(InputGrid)
    }

    public let arithmetic: Arithmetic
    public let outputs: Int
    public let inputs: Int
    /// Bytes that the panels and scales take in memory.
    public var byteCount: Int { panels.byteCount + (scales?.byteCount ?? 0) }

    /// The few-bit weight that was laid out; nil for a float one.
    public let quantized: QuantizedMatrix?

    private let panels: Storage
    /// `[out]`, for integer products.
    private let scales: Tensor?

    /// Packs a float weight `[out, in]` for products in `precision`.
    public init(_ weight: Tensor, precision: Precision) {
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        arithmetic = precision == .float32 ? .float32 : .bfloat16
        scales = nil
        quantized = nil
        panels = Self.pack(weight, precision.compute)
    }

    /// Lays out few-bit codes for products in `arithmetic`. With floats as arithmetic the inputs stay floats.
    public init(_ weight: QuantizedMatrix, arithmetic: Arithmetic) {
        (outputs, inputs) = (weight.outputs, weight.inputs)
        self.arithmetic = arithmetic
        quantized = weight
        switch arithmetic {
        case .float32, .bfloat16:
            scales = nil
            panels = Self.pack(weight.dequantized, arithmetic.compute)
        case .integer:
            if weight.groups == 1 && weight.zeroPoints == nil {
                scales = weight.scales.reshaped([outputs])
                panels = Self.pack(weight.codes, LATHE_COMPUTE_INT8)
            } else {
                scales = nil
                panels = Self.pack(weight.dequantized, LATHE_COMPUTE_F32)
            }
        }
    }

    private static func pack(_ weight: Tensor, _ compute: lathe_compute) -> Storage {
        let (n, k) = (Int64(weight.shape[0]), Int64(weight.shape[1]))
        let panels = Storage(byteCount: lathe_gemm_packed_size(nil, compute, k, n))
        check(lathe_gemm_pack(nil, compute, k, n, weight.pointer, weight.dtype.kernelType, k, true, panels.pointer), "packing a weight")
        return panels
    }

    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    /// - Parameter input: made of `[…, in]` for this weight's arithmetic.
    public func linear(
        _ input: PreparedInput, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil
    ) -> Tensor {
        precondition(input.shape.last == inputs, "linear: input \(input.shape), weight [\(outputs), \(inputs)]")
        let input = scales == nil ? input.dequantized : input
        let result = Tensor(uninitialized: input.shape.dropLast() + [outputs])
        let rows = input.shape.elementCount / max(inputs, 1)
        let operand = MatrixProduct.Operand(input.values, columns: input.stride)
        var args = MatrixProduct.arguments(operand, operand, m: rows, n: outputs, k: inputs, into: result.floats)
        args.b = nil
        args.b_packed = UnsafeRawPointer(panels.pointer)
        args.setEpilogue(bias: bias, activation: activation, residual: residual, of: result)
        if let scales {
            guard let codes = input.quantization else { preconditionFailure("an integer product needs quantised inputs") }
            args.compute = LATHE_COMPUTE_INT8
            args.a_scale = UnsafePointer(codes.scales.floats)
            args.a_zero = UnsafePointer(codes.zeroPoints.int32s)
            args.b_scale = UnsafePointer(scales.floats)
        } else {
            args.compute = arithmetic == .bfloat16 ? LATHE_COMPUTE_BF16 : LATHE_COMPUTE_F32
        }
        MatrixProduct.run(args)
        return result
    }
}
