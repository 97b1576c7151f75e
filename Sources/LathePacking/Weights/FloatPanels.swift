import LatheNN
import LatheTensor

/// A float weight laid out for this machine's matrix product. Its file form is the plain weight.
public final class FloatPanels: PackedLinearWeight {
    private let weight: StoredTensor
    private let matrix: PackedMatrix

    /// Lays out `weight`, `[out, in]`, for products in `precision`.
    public convenience init(_ weight: Tensor, precision: Precision) {
        self.init(StoredTensor(weight), precision: precision)
    }

    /// Lays out a weight in the form that a file has, `[out, in]`, for products in `precision`.
    public init(_ weight: StoredTensor, precision: Precision) {
        self.weight = weight
        matrix = PackedMatrix(weight, precision: precision)
    }

    public var shape: [Int] { [matrix.outputs, matrix.inputs] }
    public var byteCount: Int { matrix.byteCount }
    public var arithmetic: PackedMatrix.Arithmetic { matrix.arithmetic }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { [("", weight.values)] }
    public var unpacked: Tensor { weight.values }

    public func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        matrix.linear(input, bias: bias, activation: activation, residual: residual)
    }
}
