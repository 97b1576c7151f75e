import LatheFiles
import LatheTensor

extension PackedForm {
    /// Weights in blocks that pruning has kept: `_mask` says which (`KeptBlocks`; its rows tell the height of a block),
    /// `_kept` holds them one after the other. Codes of 8 bits are int8 `[kept, block rows]`; of fewer bits one row of
    /// 32-bit words, or of trits where all are -1, 0 or 1. Without `weights` in `quantization_config` they are floats,
    /// `[kept, block rows]`, without scales.
    static let sparse = PackedForm(
        format: "lathe-sparse", required: ["_mask", "_kept", "_shape"], optional: ["_scale"]
    ) {
        (parts, scheme) throws(PackedTensorError) in
        try parts.checkStatedShape()
        let blocks = try parts.keptBlocks()
        guard let weight = scheme.weight else { return try parts.sparseFloats(blocks) }
        guard weight.grid == .symmetric else {
            throw PackedTensorError(
                suffix: "_kept", text: "\(scheme.format) has symmetric weights; quantization_config says otherwise")
        }
        let codes = try parts.keptCodes(blocks, bits: weight.bits)
        let values = codes.withUnsafeBufferPointer { blocks.expanded($0) }
        let tensor = values.withUnsafeBytes { Tensor(bytes: $0, shape: [parts.rows, parts.columns], dtype: .int8) }
        guard case .tensor(var packed) = try parts.packed(scheme, .bytes, tensor, sparsity: blocks.sparsity) else {
            preconditionFailure("codes are a tensor")
        }
        packed.storedBlocks = ["_mask", "_kept", "_shape"].compactMap { suffix in parts[suffix].map { (suffix, $0) } }
        return .tensor(packed)
    }

    /// Whether a tensor of a file holds the floats of kept blocks.
    package static func isKeptFloats(_ name: String, _ dtype: DType) -> Bool {
        dtype.isFloatingPoint && name.hasSuffix("_kept")
    }
}

extension StoredParts {
    /// The mask, checked against the weight's shape and against what is kept.
    fileprivate func keptBlocks() throws(PackedTensorError) -> KeptBlocks {
        let width = (columns + 7) / 8
        guard let mask = self["_mask"], mask.dtype == .uint8, mask.rank == 2, mask.shape[1] == width, mask.shape[0] > 0,
            rows % mask.shape[0] == 0
        else {
            let found = self["_mask"].map { "\($0.dtype.rawValue) \(MessageText.shape($0.shape))" } ?? "nothing"
            throw PackedTensorError(
                suffix: "_mask", text: "expected uint8 [blocks, \(width)], blocks dividing \(rows) rows, got \(found)")
        }
        guard let blocks = KeptBlocks(stored: mask, rows: rows, columns: columns, blockRows: rows / mask.shape[0])
        else {
            throw PackedTensorError(
                suffix: "_mask",
                text: "marks columns behind the last one; the file is damaged, take it from its source again")
        }
        return blocks
    }

    /// The codes in kept blocks.
    fileprivate func keptCodes(_ blocks: KeptBlocks, bits: Int) throws(PackedTensorError) -> [Int8] {
        let count = blocks.count * blocks.blockRows
        let layout: CodeLayout =
            bits == 8
            ? .bytes : self["_kept"]?.dtype == CodeLayout.trits.dtype && bits == 2 ? .trits : .words(bits: bits)
        let stored = try kept(
            layout.dtype, layout == .bytes ? [blocks.count, blocks.blockRows] : [1, layout.width(of: count)], blocks)
        guard layout.isValid(stored) else {
            throw PackedTensorError(
                suffix: "_kept",
                text: "a byte of five trits lies beyond 242; the file is damaged, take it from its source again")
        }
        var codes = [Int8](repeating: 0, count: count)
        codes.withUnsafeMutableBufferPointer { codes in
            stored.withUnsafeBytes { bytes in
                if let source = bytes.baseAddress, let target = codes.baseAddress {
                    layout.unpack(source, columns: count, into: target)
                }
            }
        }
        return codes
    }

    /// A weight of floats.
    fileprivate func sparseFloats(_ blocks: KeptBlocks) throws(PackedTensorError) -> PackedContent {
        guard let dtype = self["_kept"]?.dtype, dtype.isFloatingPoint else {
            throw PackedTensorError(
                suffix: "_kept",
                text: "expected floating-point numbers; quantization_config says that the weights are no codes")
        }
        if self["_scale"] != nil {
            throw PackedTensorError(
                suffix: "_scale", text: "unexpected; quantization_config says that the weights are no codes")
        }
        let kept = try kept(dtype, [blocks.count, blocks.blockRows], blocks).cast(to: .float32)
        let values = kept.withUnsafeBytes { blocks.expanded($0.bindMemory(to: Float.self)) }
        return .floats(Tensor(values, shape: shape))
    }

    private func kept(_ dtype: DType, _ shape: [Int], _ blocks: KeptBlocks) throws(PackedTensorError) -> Tensor {
        if let found = self["_kept"], found.dtype == dtype, found.shape != shape {
            let text =
                "expected \(shape) for the \(blocks.count) blocks of \(blocks.blockRows) that the mask keeps, got \(MessageText.shape(found.shape))"
            throw PackedTensorError(
                suffix: "_kept", text: text + "; the file is damaged, take it from its source again")
        }
        return try tensor("_kept", dtype, shape)
    }
}

extension PackedTensor {
    /// Mask, kept codes and shape, as files hold them.
    func storedKept(_ sparsity: Sparsity) -> [(suffix: String, tensor: Tensor)] {
        codes.withUnsafeBytes { bytes in
            let values = bytes.bindMemory(to: Int8.self)
            let blocks = KeptBlocks(of: values, rows: rows, columns: columns, blockRows: sparsity.blockRows),
                kept = blocks.compressed(values)
            let layout: CodeLayout =
                bits == 8
                ? .bytes : bits == 2 && kept.allSatisfy { (-1...1).contains($0) } ? .trits : .words(bits: bits)
            let packed = kept.withUnsafeBufferPointer { layout.packed($0, rows: 1, columns: kept.count) }
            return [
                ("_mask", blocks.stored),
                ("_kept", layout == .bytes ? packed.reshaped([blocks.count, blocks.blockRows]) : packed),
                ("_shape", storedShape),
            ]
        }
    }
}

extension SparseFloats {
    /// Mask, kept values and shape, as files hold them.
    var storedTensors: [(suffix: String, tensor: Tensor)] {
        let rows = weight.shape[0], columns = weight.elementCount / rows, shape = weight.shape
        return weight.withUnsafeBytes { bytes in
            let values = bytes.bindMemory(to: Float.self)
            let blocks = KeptBlocks(of: values, rows: rows, columns: columns, blockRows: sparsity.blockRows)
            return [
                ("_mask", blocks.stored),
                ("_kept", Tensor(blocks.compressed(values), shape: [blocks.count, blocks.blockRows])),
                ("_shape", shape.withUnsafeBytes { Tensor(bytes: $0, shape: [shape.count], dtype: .int64) }),
            ]
        }
    }
}

extension QuantizationConfig {
    /// Whether files hold fewer weights than layers have.
    package var leavesOutZeros: Bool { groups.contains { $0.scheme.format == PackedForm.sparse.format } }
}
