import LatheKernels

/// The weight of a linear layer, `[out, in]`, laid out in the panels that this machine's matrix product reads: for inference, where a weight is
/// used many times. The layout belongs to the kernels in use and is never written to a file.
public final class PackedMatrix {
    /// In what arithmetic the product multiplies.
    public enum Arithmetic: Sendable, Hashable {
        case float32
        /// Weights and inputs rounded to bf16, sums in f32.
        case bfloat16
        /// 8-bit weights; inputs are quantised row by row as they come, on this grid.
        case int8(QuantizationGrid)
    }

    public let arithmetic: Arithmetic
    public let outputs: Int
    public let inputs: Int
    /// Bytes that the panels and scales take in memory.
    public var byteCount: Int { panels.byteCount + (scales?.byteCount ?? 0) }

    private let panels: Storage
    /// `[out]`, for int8.
    private let scales: Tensor?

    /// Packs a float weight `[out, in]` for products in `precision`.
    public init(_ weight: Tensor, precision: Precision) {
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        arithmetic = precision == .float32 ? .float32 : .bfloat16
        scales = nil
        panels = Self.pack(weight, precision.compute)
    }

    /// Packs int8 codes `[out, in]`, whose values are `scales[out] * code`, for integer products with inputs quantised on `inputGrid`.
    public init(codes: Tensor, scales: Tensor, inputGrid: QuantizationGrid) {
        (outputs, inputs) = (codes.shape[0], codes.shape[1])
        precondition(codes.dtype == .int8 && scales.shape == [outputs], "int8 codes \(codes.dtype) \(codes.shape), scales \(scales.shape)")
        arithmetic = .int8(inputGrid)
        self.scales = scales
        panels = Self.pack(codes, LATHE_COMPUTE_INT8)
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
        let result = Tensor(uninitialized: input.shape.dropLast() + [outputs])
        let rows = input.shape.elementCount / max(inputs, 1)
        let operand = MatrixProduct.Operand(input.values, columns: input.stride)
        var args = MatrixProduct.arguments(operand, operand, m: rows, n: outputs, k: inputs, into: result.floats)
        args.b = nil
        args.b_packed = UnsafeRawPointer(panels.pointer)
        args.setEpilogue(bias: bias, activation: activation, residual: residual, of: result)
        switch arithmetic {
        case .float32: args.compute = LATHE_COMPUTE_F32
        case .bfloat16: args.compute = LATHE_COMPUTE_BF16
        case .int8:
            guard let codes = input.quantization, let scales else { preconditionFailure("an int8 product needs quantised inputs") }
            args.compute = LATHE_COMPUTE_INT8
            args.a_scale = UnsafePointer(codes.scales.floats)
            args.a_zero = UnsafePointer(codes.zeroPoints.int32s)
            args.b_scale = UnsafePointer(scales.floats)
        }
        MatrixProduct.run(args)
        return result
    }

}

/// An input of packed linear layers in the form that their products multiply: floats, or 8-bit codes with a scale and a zero point for each row.
/// Weights that read the same input and agree in arithmetic share one.
public struct PreparedInput {
    struct Quantization {
        let scales: Tensor
        let zeroPoints: Tensor
    }

    let values: Tensor
    let shape: [Int]
    /// Elements from one row to the next.
    let stride: Int
    let quantization: Quantization?
}

extension PreparedInput {
    /// `input`, `[…, in]`, for products in `arithmetic`.
    public init(_ input: Tensor, for arithmetic: PackedMatrix.Arithmetic) {
        let columns = input.shape[input.rank - 1]
        switch arithmetic {
        case .float32: self.init(values: input, shape: input.shape, stride: columns, quantization: nil)
        case .bfloat16: self.init(values: input.converted(to: .bfloat16), shape: input.shape, stride: columns, quantization: nil)
        case .int8(let grid): self.init(quantizing: input, grid: grid)
        }
    }

    /// Quantises each row of `[…, in]` to 8 bits.
    init(quantizing input: Tensor, grid: QuantizationGrid) {
        let columns = input.shape[input.rank - 1], rows = input.elementCount / max(columns, 1)
        let codes = Tensor(uninitialized: [rows, columns], dtype: .uint8)
        let scales = Tensor(uninitialized: [rows]), zeroPoints = Tensor(uninitialized: [rows], dtype: .int32)
        let x = input.floats, q = codes.bytes, s = scales.floats, z = zeroPoints.int32s
        Parallel.forEachRow(rows, columns: columns) { range in
            let first = range.lowerBound
            Kernels.active.pointee.quantize_rows(
                grid.kernel, 8, Int64(range.count), Int64(columns), x + first * columns, Int64(columns), q + first * columns, Int64(columns),
                s + first, z + first)
        }
        self.init(values: codes, shape: input.shape, stride: columns, quantization: .init(scales: scales, zeroPoints: zeroPoints))
    }
}

/// The grid of a uniform quantiser: symmetric around zero, or from the smallest to the largest value (formulas: `quantize_rows` in `lathe_ops.h`).
public enum QuantizationGrid: String, Sendable, CaseIterable, Codable {
    case symmetric, asymmetric

    var kernel: lathe_grid {
        switch self {
        case .symmetric: LATHE_SYMMETRIC
        case .asymmetric: LATHE_ASYMMETRIC
        }
    }
}
