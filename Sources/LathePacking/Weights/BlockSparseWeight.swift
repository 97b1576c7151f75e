import LatheNN
import LatheTensor

/// The weight of a linear layer in few bits of which pruning has left few blocks of rows. Inputs are quantised as they
/// come, and products read kept blocks only; products with few rows may be faster with all blocks, and get panels of
/// their own when they first come.
///
/// A weight from a file is laid out for this machine when it is first used.
package final class BlockSparseWeight: PackedLinearWeight, StoredWeight {
    package let arithmetic: PackedMatrix.Arithmetic
    package let scheme: LayerScheme
    /// How the zeros lie.
    package let sparsity: Sparsity
    package let shape: [Int]
    private let bits: Int
    /// float32 `[rows / rowsPerScale, 1]`, as files have them.
    private let scales: Tensor
    private let rowsPerScale: Int
    /// What a file holds of it, where it came from one: the zeros need not be sought again.
    private let stored: [(suffix: String, tensor: Tensor)]?
    private let blocks: Prepacked<PackedTensor, BlockSparseMatrix>
    /// All codes, for products with few rows.
    private let panels: Prepacked<Void, PackedMatrix>

    /// A weight of two axes, `[out, in]`; nil where products with all of its codes are faster, or groups of columns
    /// have scales of their own.
    package init?(_ tensor: PackedTensor, inputGrid: ActivationGrid) {
        guard tensor.shape.count == 2, let sparsity = tensor.sparsity, sparsity.isEverFaster, tensor.zeroPoints == nil,
            tensor.groupCount == 1,
            tensor.columns <= BlockSparseMatrix.mostInputs
        else { return nil }
        (shape, bits, scales, rowsPerScale) = (tensor.shape, tensor.bits, tensor.scales, tensor.rowsPerScale)
        stored = tensor.storedBlocks == nil ? nil : tensor.storedTensors
        (blocks, panels) = (Prepacked(tensor), Prepacked(()))
        self.sparsity = sparsity
        arithmetic = .integer(inputGrid)
        var scheme = tensor.scheme
        scheme.inputs = ActivationScheme(inputGrid)
        self.scheme = scheme
    }

    package var byteCount: Int { matrix.byteCount }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { stored ?? packed.storedTensors }
    package var unpacked: Tensor { packed.dequantized }

    package var codes: PackedTensor? { packed }

    /// The form in which files hold it.
    package var packed: PackedTensor {
        blocks.source
            ?? PackedTensor(
                shape: shape, bits: bits, layout: .bytes, codes: matrix.codes, scales: scales, zeroPoints: nil,
                rowsPerScale: rowsPerScale,
                sparsity: sparsity)
    }

    package func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        if sparsity.isFaster(rows: input.rowCount) {
            return matrix.linear(input, bias: bias, activation: activation, residual: residual)
        }
        return allPanels.linear(input, bias: bias, activation: activation, residual: residual)
    }

    private var matrix: BlockSparseMatrix {
        blocks.layout { source in
            let dense = source.matrix
            return BlockSparseMatrix(
                codes: dense.codes, scales: dense.scales.reshaped([outputs]), blockRows: sparsity.blockRows)
        }
    }

    private var allPanels: PackedMatrix { panels.layout { PackedMatrix(packed.matrix, arithmetic: arithmetic) } }
}
