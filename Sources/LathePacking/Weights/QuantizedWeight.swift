import LatheNN
import LatheTensor

/// The weight of a linear layer in few bits. Inputs stay floats, or are quantised as they come and multiplied in
/// integers.
///
/// A weight from a file is laid out for this machine when it is first used; until then it is the file's memory.
package final class QuantizedWeight: PackedLinearWeight, StoredWeight {
    package let arithmetic: PackedMatrix.Arithmetic
    package let scheme: LayerScheme
    package let shape: [Int]
    private let layout: CodeLayout
    private let rowsPerScale: Int
    private let sparsity: Sparsity?
    private let panels: Prepacked<PackedTensor, PackedMatrix>

    /// A weight of two axes, `[out, in]`.
    package init(_ tensor: PackedTensor, arithmetic: PackedMatrix.Arithmetic) {
        precondition(tensor.shape.count == 2, "a linear layer's weight \(tensor.shape)")
        (shape, layout, rowsPerScale, sparsity) = (tensor.shape, tensor.layout, tensor.rowsPerScale, tensor.sparsity)
        panels = Prepacked(tensor)
        self.arithmetic = arithmetic
        var scheme = tensor.scheme
        if case .integer(let grid) = arithmetic {
            scheme.inputs = ActivationScheme(grid)
        }
        self.scheme = scheme
    }

    package var byteCount: Int { matrix.byteCount }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { packed.storedTensors }
    package var unpacked: Tensor { packed.dequantized }

    package var codes: PackedTensor? { packed }

    /// The form in which files hold it.
    package var packed: PackedTensor {
        if let source = panels.source { return source }
        guard let matrix = matrix.quantized, let weight = scheme.weight else {
            preconditionFailure("panels without codes")
        }
        return PackedTensor(
            matrix, shape: shape, bits: weight.bits, layout: layout, rowsPerScale: rowsPerScale, sparsity: sparsity)
    }

    package func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        matrix.linear(input, bias: bias, activation: activation, residual: residual)
    }

    private var matrix: PackedMatrix { panels.layout { PackedMatrix($0.matrix, arithmetic: arithmetic) } }
}
