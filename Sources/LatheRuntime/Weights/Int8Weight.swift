import LatheNN
import LatheTensor

/// An 8-bit weight with one scale per output: `value[o, i] = scale[o] * code[o, i]`. Inputs are quantised row by row as they come.
///
/// In a file: `<path>.weight`, int8 `[out, in]`, and `<path>.weight_scale`, float32 `[out, 1]`.
public final class Int8Weight: PackedLinearWeight {
    /// int8, `[out, in]`
    public let codes: Tensor
    /// float32, `[out, 1]`
    public let scales: Tensor
    private let matrix: PackedMatrix

    /// A weight from codes `[out, in]` and scales `[out, 1]`.
    public init(codes: Tensor, scales: Tensor, inputGrid: InputGrid = InputGrid()) {
        precondition(scales.shape == [codes.shape[0], 1], "scales \(scales.shape) for codes \(codes.shape)")
        self.codes = codes
        self.scales = scales
        matrix = PackedMatrix(QuantizedMatrix(codes: codes, bits: 8, scales: scales), arithmetic: .integer(inputGrid))
    }

    /// Quantises a float weight `[out, in]`, one symmetric scale per output: `scale = 2 max|w| / 256`, `code = clamp(round(w / scale), -128, 127)`
    /// (ZeroQuant's symmetric quantiser, arXiv:2206.01861, as DeepSpeed computes it).
    public convenience init(quantizing weight: Tensor, inputGrid: InputGrid = InputGrid()) {
        let quantized = weight.quantizedRows()
        self.init(codes: quantized.codes, scales: quantized.scales, inputGrid: inputGrid)
    }

    public var outputs: Int { matrix.outputs }
    public var inputs: Int { matrix.inputs }
    public var byteCount: Int { matrix.byteCount }
    public var arithmetic: PackedMatrix.Arithmetic { matrix.arithmetic }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { [("", codes), ("_scale", scales)] }
    public var unpacked: Tensor { codes.cast(to: .float32) * scales }

    public func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        matrix.linear(input, bias: bias, activation: activation, residual: residual)
    }
}
