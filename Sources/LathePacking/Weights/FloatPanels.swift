import LatheNN
import LatheTensor

/// A float weight laid out for this machine's matrix product. Its file form is the plain weight.
package final class FloatPanels: PackedLinearWeight {
    private let weight: StoredTensor
    private let matrix: PackedMatrix

    /// Lays out `weight`, `[out, in]`, for products in `precision`.
    package convenience init(_ weight: Tensor, precision: Precision) {
        self.init(StoredTensor(weight), precision: precision)
    }

    /// Lays out a weight in the form that a file has, `[out, in]`, for products in `precision`.
    package init(_ weight: StoredTensor, precision: Precision) {
        self.weight = weight
        matrix = PackedMatrix(weight, precision: precision)
    }

    package var shape: [Int] { [matrix.outputs, matrix.inputs] }
    package var byteCount: Int { matrix.byteCount }
    package var arithmetic: PackedMatrix.Arithmetic { matrix.arithmetic }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { [("", weight.values)] }
    package var unpacked: Tensor { weight.values }

    package func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        matrix.linear(input, bias: bias, activation: activation, residual: residual)
    }
}
