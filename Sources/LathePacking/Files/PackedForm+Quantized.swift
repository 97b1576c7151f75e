import LatheFiles
import LatheTensor

/// The forms of codes with scales, and zero points where the grid is asymmetric. Scales are floats `[1]` (one for all),
/// `[rows, 1]`, `[rows, groups]`, or `[row groups, 1]`.
extension PackedForm {
    /// Codes as bytes in the weight's shape; zero points as bytes in the scales' shape.
    static let integers = PackedForm(format: "int-quantized", required: ["", "_scale"], optional: ["_zero_point"]) {
        (parts, scheme) throws(PackedTensorError) in
        let codes = try parts.tensor("", .int8, parts.shape)
        return try parts.packed(scheme, .bytes, codes.reshaped([parts.rows, parts.columns])) {
            (steps) throws(PackedTensorError) in
            try parts.tensor("_zero_point", .int8, steps).cast(to: .float32)
        }
    }

    /// Codes in their bits; zero points likewise, packed from row to row.
    static let packedIntegers = PackedForm(
        format: "pack-quantized", required: ["_packed", "_scale", "_shape"], optional: ["_zero_point"]
    ) {
        (parts, scheme) throws(PackedTensorError) in
        let bits = scheme.weight?.bits ?? 0, layout = CodeLayout.words(bits: bits)
        return try parts.packed(scheme, layout, parts.packedCodes(layout)) { (steps) throws(PackedTensorError) in
            try parts.tensor("_zero_point", .int32, [layout.width(of: steps[0]), steps[1]]).unpackedZeroPoints(
                bits: bits, rows: steps[0])
        }
    }

    /// As above, with zero points in floats, which may lie outside the codes.
    static let ownPackedIntegers = PackedForm(
        format: "lathe-packed", required: ["_packed", "_scale", "_shape"], optional: ["_zero_point"]
    ) {
        (parts, scheme) throws(PackedTensorError) in
        let layout = CodeLayout.words(bits: scheme.weight?.bits ?? 0)
        return try parts.packed(scheme, layout, parts.packedCodes(layout)) { (steps) throws(PackedTensorError) in
            try parts.tensor("_zero_point", .float32, steps)
        }
    }

    /// One bit each: -scale and scale.
    static let signs = PackedForm(format: "lathe-signs", required: ["_packed", "_scale", "_shape"]) {
        (parts, scheme) throws(PackedTensorError) in
        try parts.checkBits(scheme, 1)
        return try parts.packed(scheme, .signs, parts.packedCodes(.signs))
    }

    /// Five of -scale, 0 and scale a byte.
    static let trits = PackedForm(format: "lathe-trits", required: ["_packed", "_scale", "_shape"]) {
        (parts, scheme) throws(PackedTensorError) in
        try parts.checkBits(scheme, 2)
        return try parts.packed(scheme, .trits, parts.packedCodes(.trits))
    }
}

extension PackedTensor {
    /// The form's name and what it says of the weight; nothing of the inputs.
    var scheme: LayerScheme {
        let fits = zeroPoints.map { Self.fit($0, bits: bits) } ?? true
        var form: PackedForm =
            switch layout {
            case .bytes: .integers
            case .words: fits ? .packedIntegers : .ownPackedIntegers
            case .signs: .signs
            case .trits: .trits
            }
        if sparsity != nil { form = .sparse }
        let weight = WeightScheme(
            bits: bits, grid: zeroPoints == nil ? .symmetric : .asymmetric, granularity: granularity)
        return LayerScheme(format: form.format, weight: weight)
    }

    /// The shape as a tensor.
    var storedShape: Tensor { shape.withUnsafeBytes { Tensor(bytes: $0, shape: [shape.count], dtype: .int64) } }

    /// The tensors that files hold; a suffix is put behind the weight's name.
    var storedTensors: [(suffix: String, tensor: Tensor)] {
        var tensors: [(suffix: String, tensor: Tensor)] = [
            ("_scale", granularity == .tensor ? scales.reshaped([1]) : scales)
        ]
        if let sparsity { return (storedBlocks ?? storedKept(sparsity)) + tensors }
        if layout == .bytes {
            tensors.insert(("", codes.reshaped(shape)), at: 0)
            if let zeroPoints { tensors.append(("_zero_point", zeroPoints.cast(to: .int8))) }
        } else {
            tensors.insert(("_packed", codes), at: 0)
            tensors.append(("_shape", storedShape))
            if let zeroPoints {
                tensors.append(
                    (
                        "_zero_point",
                        Self.fit(zeroPoints, bits: bits) ? zeroPoints.packedZeroPoints(bits: bits) : zeroPoints
                    ))
            }
        }
        return tensors
    }
}

extension StoredParts {
    /// The codes in `layout`, once the shape that the file states is checked.
    fileprivate func packedCodes(_ layout: CodeLayout) throws(PackedTensorError) -> Tensor {
        try checkStatedShape()
        return try tensor("_packed", layout.dtype, [rows, layout.width(of: columns)])
    }

    /// The shape that the file states must be the model's.
    func checkStatedShape() throws(PackedTensorError) {
        let stated = try tensor("_shape", .int64, [shape.count]).withUnsafeBytes { Array($0.bindMemory(to: Int.self)) }
        guard stated == shape else {
            throw PackedTensorError(suffix: "_shape", text: "expected \(shape), got \(MessageText.shape(stated))")
        }
    }

    fileprivate func checkBits(_ scheme: LayerScheme, _ bits: Int) throws(PackedTensorError) {
        guard scheme.weight?.bits == bits, scheme.weight?.grid == .symmetric else {
            throw PackedTensorError(
                suffix: "_packed",
                text: "\(scheme.format) has symmetric weights of \(bits) bits; quantization_config says otherwise")
        }
    }

    /// The weight, once everything is checked.
    /// - Parameter zeroPoints: reads those of steps of the given shape; nil for a form that has none.
    func packed(
        _ scheme: LayerScheme, _ layout: CodeLayout, _ codes: Tensor, sparsity: Sparsity? = nil,
        zeroPoints read: ((_ steps: [Int]) throws(PackedTensorError) -> Tensor)? = nil
    ) throws(PackedTensorError) -> PackedContent {
        guard let weight = scheme.weight else {
            throw PackedTensorError(suffix: "", text: "quantization_config has no weights for it")
        }
        let (steps, rowsPerScale) = try steps(weight.granularity)
        let scales = try scales(weight.granularity == .tensor ? [1] : steps).reshaped(steps)
        var zeroPoints: Tensor?
        if weight.grid == .asymmetric {
            guard let read else {
                throw PackedTensorError(
                    suffix: "_zero_point",
                    text: "\(scheme.format) has none; quantization_config says that it is asymmetric")
            }
            let found = try read(steps)
            let limit: Float = 16_777_216  // beyond, floats are not all whole numbers apart
            guard found.floatArray.allSatisfy({ $0 == $0.rounded() && $0.magnitude < limit }) else {
                throw PackedTensorError(
                    suffix: "_zero_point",
                    text: "not a whole number; the file is damaged, take it from its source again")
            }
            zeroPoints = found
        } else if self["_zero_point"] != nil {
            throw PackedTensorError(
                suffix: "_zero_point", text: "unexpected; quantization_config says that the weight is symmetric")
        }
        guard layout.isValid(codes) else {
            throw PackedTensorError(
                suffix: "_packed",
                text: "a byte of five trits lies beyond 242; the file is damaged, take it from its source again")
        }
        let limit = Int8(truncatingIfNeeded: 1 << (weight.bits - 1) - 1)
        if layout == .bytes, weight.bits < 8 {
            let isInRange = codes.withUnsafeBytes {
                $0.bindMemory(to: Int8.self).allSatisfy { (-limit - 1...limit).contains($0) }
            }
            guard isInRange else {
                throw PackedTensorError(
                    suffix: "", text: "codes lie beyond the \(weight.bits) bits of quantization_config")
            }
        }
        return .tensor(
            PackedTensor(
                shape: shape, bits: weight.bits, layout: layout, codes: codes, scales: scales, zeroPoints: zeroPoints,
                rowsPerScale: rowsPerScale,
                sparsity: sparsity))
    }

    /// The shape of the scales, and how many rows share one.
    private func steps(_ granularity: Granularity) throws(PackedTensorError) -> (shape: [Int], rowsPerScale: Int) {
        if let scales = granularity.scales(rows: rows, columns: columns) { return scales }
        let text =
            switch granularity {
            case .rows(let count):
                "groups of \(count) rows (quantization_config) do not divide the \(rows) rows"
            case .group(let size):
                "groups of \(size) (quantization_config) do not divide the \(columns) columns"
            case .tensor, .channel, .token:
                "a granularity that every weight has"
            }
        throw PackedTensorError(suffix: "_scale", text: text)
    }

    /// Scales of this shape, all of them finite and none negative.
    private func scales(_ shape: [Int]) throws(PackedTensorError) -> Tensor {
        guard let found = self["_scale"] else { throw PackedTensorError(suffix: "_scale", text: "missing") }
        guard found.dtype.isFloatingPoint else {
            throw PackedTensorError(
                suffix: "_scale", text: "expected floating-point numbers, got \(found.dtype.rawValue)")
        }
        guard found.shape == shape else {
            throw PackedTensorError(suffix: "_scale", text: "expected \(shape), got \(MessageText.shape(found.shape))")
        }
        let scales = found.cast(to: .float32)
        if let wrong = scales.floatArray.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw PackedTensorError(
                suffix: "_scale", text: "a scale is \(wrong); the file is damaged, take it from its source again")
        }
        return scales
    }
}

extension Tensor {
    /// Zero points `[rows, groups]` in their bits, packed along the rows: `[words, groups]`.
    fileprivate func packedZeroPoints(bits: Int) -> Tensor {
        let (rows, groups) = (shape[0], shape[1])
        let codes = transposed().floatArray.map { Int8($0) }
        let packed = codes.withUnsafeBufferPointer {
            CodeLayout.words(bits: bits).packed($0, rows: groups, columns: rows)
        }
        return packed.transposed()
    }

    /// The inverse of `packedZeroPoints(bits:)`, as floats.
    fileprivate func unpackedZeroPoints(bits: Int, rows: Int) -> Tensor {
        let layout = CodeLayout.words(bits: bits), words = transposed(), groups = shape[1]
        var codes = [Int8](repeating: 0, count: rows * groups)
        codes.withUnsafeMutableBufferPointer { codes in
            words.withUnsafeBytes { bytes in
                guard let target = codes.baseAddress, let source = bytes.baseAddress else { return }
                for group in 0..<groups {
                    layout.unpack(
                        source + group * layout.width(of: rows) * 4, columns: rows, into: target + group * rows)
                }
            }
        }
        return Tensor(codes.map { Float($0) }, shape: [groups, rows]).transposed()
    }
}
