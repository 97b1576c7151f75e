import LatheNN
import LatheTensor

/// The weight of a linear layer in few bits of which pruning has left few blocks of rows. Inputs are quantised as they come, and products read kept blocks
/// only; products with few rows may be faster with all blocks, and get panels of their own when they first come.
///
/// A weight from a file is laid out for this machine when it is first used.
public final class BlockSparseWeight: PackedLinearWeight, StoredWeight {
    public let arithmetic: PackedMatrix.Arithmetic
    public let scheme: LayerScheme
    /// How the zeros lie.
    public let sparsity: Sparsity
    private let shape: [Int]
    private let bits: Int
    /// float32 `[rows / rowsPerScale, 1]`, as files have them.
    private let scales: Tensor
    private let rowsPerScale: Int
    /// What a file had, which is to be written again; nil for a weight that comes from no file.
    private let stored: [(suffix: String, tensor: Tensor)]?
    /// What the blocks will be made of; nil when they are.
    private var source: PackedTensor?
    private var blocks: BlockSparseMatrix?
    private var panels: PackedMatrix?

    /// A weight of two axes, `[out, in]`; nil where products with all of its codes are faster, or groups of columns have scales of their own.
    public init?(_ tensor: PackedTensor, inputGrid: InputGrid) {
        guard tensor.shape.count == 2, let sparsity = tensor.sparsity, sparsity.isEverFaster, tensor.zeroPoints == nil, tensor.groupCount == 1,
            tensor.columns <= BlockSparseMatrix.mostInputs
        else { return nil }
        (shape, bits, scales, rowsPerScale, source) = (tensor.shape, tensor.bits, tensor.scales, tensor.rowsPerScale, tensor)
        stored = tensor.storedBlocks == nil ? nil : tensor.storedTensors
        self.sparsity = sparsity
        arithmetic = .integer(inputGrid)
        var scheme = tensor.scheme
        scheme.inputs = InputScheme(bits: inputGrid.bits, grid: inputGrid.grid, isDynamic: inputGrid.range == nil)
        self.scheme = scheme
    }

    public var outputs: Int { shape[0] }
    public var inputs: Int { shape[1] }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { stored ?? packed.storedTensors }
    public var unpacked: Tensor { packed.dequantized }

    /// The form in which files hold it.
    public var packed: PackedTensor {
        source
            ?? PackedTensor(
                shape: shape, bits: bits, layout: .bytes, codes: matrix.codes, scales: scales, zeroPoints: nil, rowsPerScale: rowsPerScale,
                sparsity: sparsity)
    }

    public func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        if sparsity.isFaster(rows: input.rowCount) { return matrix.linear(input, bias: bias, activation: activation, residual: residual) }
        return allPanels.linear(input, bias: bias, activation: activation, residual: residual)
    }

    /// The kept blocks, laid out at the first call.
    private var matrix: BlockSparseMatrix {
        if let blocks { return blocks }
        guard let source else { preconditionFailure("a weight without codes") }
        let dense = source.matrix
        let made = BlockSparseMatrix(codes: dense.codes, scales: dense.scales.reshaped([outputs]), blockRows: sparsity.blockRows)
        (blocks, self.source) = (made, nil)
        return made
    }

    /// The panels of all codes, laid out at the first call.
    private var allPanels: PackedMatrix {
        if let panels { return panels }
        let made = PackedMatrix(packed.matrix, arithmetic: arithmetic)
        panels = made
        return made
    }
}
