import LatheTensor

/// A quantised weight as files hold it: codes in their bits, scales, and zero points. Its memory may be that of a
/// mapped file.
///
/// `value[r, i] = scale * (code - zeroPoint)`, computed as `ValueGrid` says; r is the first axis of the weight, i runs
/// over all others.
public struct PackedTensor {
    /// The weight's shape: `[rows, …]`.
    public let shape: [Int]
    /// The bits of a code, 1...8; trits have 2.
    public let bits: Int
    let layout: CodeLayout
    /// `[rows, width]`
    let codes: Tensor
    /// float32 `[rows / rowsPerScale, groups]`
    public let scales: Tensor
    /// float32 whole numbers of the scales' shape; nil for 0 everywhere.
    public let zeroPoints: Tensor?
    /// How many consecutive rows share their scales.
    public let rowsPerScale: Int
    /// How the zeros lie that files leave out; nil where files hold all codes. The codes are bytes then, in memory.
    package let sparsity: Sparsity?
    /// Mask, kept codes and shape of a sparse weight as a file had them; nil for one that comes from no file.
    var storedBlocks: [(suffix: String, tensor: Tensor)]?

    init(
        shape: [Int], bits: Int, layout: CodeLayout, codes: Tensor, scales: Tensor, zeroPoints: Tensor?,
        rowsPerScale: Int, sparsity: Sparsity? = nil
    ) {
        precondition(sparsity == nil || (layout == .bytes && zeroPoints == nil), "a sparse weight in \(layout)")
        (self.shape, self.bits, self.layout, self.codes) = (shape, bits, layout, codes)
        (self.scales, self.zeroPoints, self.rowsPerScale, self.sparsity) = (scales, zeroPoints, rowsPerScale, sparsity)
    }

    public var rows: Int { shape[0] }
    /// Weights of a row.
    public var columns: Int { Array(shape.dropFirst()).elementCount }
    /// Groups of columns with scales of their own.
    public var groupCount: Int { scales.shape[1] }
    /// The values that share a scale.
    public var granularity: Granularity {
        Granularity(scales: scales, rowsPerScale: rowsPerScale, columns: columns)
    }

    /// Bytes of codes, scales and zero points.
    public var byteCount: Int { codes.byteCount + scales.byteCount + (zeroPoints?.byteCount ?? 0) }

    /// The least of the codes that `bits` bits hold.
    var lowest: Int { -(1 << (bits - 1)) }

    // MARK: Values

    /// The codes of all rows, int8 `[rows, columns]`.
    var unpackedCodes: Tensor {
        if layout == .bytes { return codes.reshaped([rows, columns]) }
        var values = [Int8](repeating: 0, count: rows * columns)
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            withCodeBytes { bytes, stride in
                for row in 0..<rows {
                    layout.unpack(bytes + row * stride, columns: columns, into: base + row * columns)
                }
            }
        }
        return values.withUnsafeBytes { Tensor(bytes: $0, shape: [rows, columns], dtype: .int8) }
    }

    /// The float values of the rows with these numbers: `[count, columns]`.
    /// - Precondition: the numbers are those of rows.
    func values(ofRows ids: some Collection<Int>) -> Tensor {
        let columns = columns
        return Tensor(shape: [ids.count, columns]) { base in
            var row = [Int8](repeating: 0, count: layout == .bytes ? 0 : columns)
            row.withUnsafeMutableBufferPointer { row in
                withCodeBytes { bytes, stride in
                    for (place, id) in ids.enumerated() {
                        precondition((0..<rows).contains(id), "row \(id) of a table of \(rows) rows")
                        var codes = UnsafePointer((bytes + id * stride).assumingMemoryBound(to: Int8.self))
                        if layout != .bytes, let unpacked = row.baseAddress {
                            layout.unpack(bytes + id * stride, columns: columns, into: unpacked)
                            codes = UnsafePointer(unpacked)
                        }
                        dequantize(codes, row: id, into: base + place * columns)
                    }
                }
            }
        }
    }

    /// Writes the values of the row with the number `row`, whose codes these are.
    private func dequantize(_ codes: UnsafePointer<Int8>, row: Int, into values: UnsafeMutablePointer<Float>) {
        let groups = groupCount, size = columns / max(groups, 1)
        func step(_ steps: Tensor, _ group: Int) -> Float {
            steps.withUnsafeBytes {
                $0.loadUnaligned(
                    fromByteOffset: (row / rowsPerScale * groups + group) * MemoryLayout<Float>.size, as: Float.self)
            }
        }
        for group in 0..<groups {
            dequantize(
                codes + group * size, size, step(scales, group), zeroPoints.map { step($0, group) },
                into: values + group * size)
        }
    }

    private func dequantize(
        _ codes: UnsafePointer<Int8>, _ count: Int, _ scale: Float, _ zeroPoint: Float?,
        into values: UnsafeMutablePointer<Float>
    ) {
        guard let zeroPoint else {
            for i in 0..<count { values[i] = scale * Float(codes[i]) }
            return
        }
        let lowest = Float(lowest), offset = scale * (lowest - zeroPoint)
        for i in 0..<count { values[i] = scale * (Float(codes[i]) - lowest) + offset }
    }

    /// The float values of the whole weight, of its shape.
    public var dequantized: Tensor { values(ofRows: 0..<rows).reshaped(shape) }

    private func withCodeBytes(_ body: (_ bytes: UnsafeRawPointer, _ rowStride: Int) -> Void) {
        codes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            body(base, layout.width(of: columns) * layout.dtype.byteWidth)
        }
    }

    // MARK: Matrices for products

    /// The bits of the matrix that multiplies with these codes.
    private var matrixBits: Int {
        switch (layout, bits) {
        case (.signs, _): 1
        case (.words, 1): 2
        case (_, 5...8): 8
        default: bits
        }
    }

    /// The same values for a matrix product, `[rows, columns]`, with scales for each row.
    package var matrix: QuantizedMatrix {
        let bits = matrixBits
        var (codes, zeroPoints) = (unpackedCodes, zeroPoints)
        // Zero points count from the lowest code, and more bits have a lower one.
        let shift = zeroPoints == nil ? 0 : -(1 << (bits - 1)) - lowest
        if shift != 0 {
            codes = (codes.cast(to: .float32) + Float(shift)).cast(to: .int8)
            zeroPoints = zeroPoints.map { $0 + Float(shift) }
        }
        return QuantizedMatrix(codes: codes, bits: bits, scales: expanded(scales), zeroPoints: zeroPoints.map(expanded))
    }

    /// Steps with a row of their own for every row of the weight.
    private func expanded(_ steps: Tensor) -> Tensor {
        rowsPerScale == 1 ? steps : steps.gathered(Tensor((0..<rows).map { Int32($0 / rowsPerScale) }))
    }

    /// The form in files of a matrix that a `PackedTensor` of this scheme gave, or one with a scale for each row or
    /// group of columns.
    init(
        _ matrix: QuantizedMatrix, shape: [Int], bits: Int, layout: CodeLayout, rowsPerScale: Int,
        sparsity: Sparsity? = nil
    ) {
        let rows = shape[0], columns = Array(shape.dropFirst()).elementCount
        var (codes, zeroPoints) = (matrix.codes, matrix.zeroPoints)
        let shift = zeroPoints == nil ? 0 : (1 << (matrix.bits - 1)) - (1 << (bits - 1))
        if shift != 0 {
            codes = (codes.cast(to: .float32) + Float(shift)).cast(to: .int8)
            zeroPoints = zeroPoints.map { $0 + Float(shift) }
        }
        let packed = codes.withUnsafeBytes { layout.packed($0.bindMemory(to: Int8.self), rows: rows, columns: columns) }
        func compact(_ steps: Tensor) -> Tensor {
            rowsPerScale == 1
                ? steps : steps.gathered(Tensor(stride(from: 0, to: rows, by: rowsPerScale).map(Int32.init)))
        }
        self.init(
            shape: shape, bits: bits, layout: layout, codes: packed, scales: compact(matrix.scales),
            zeroPoints: zeroPoints.map(compact),
            rowsPerScale: rowsPerScale, sparsity: sparsity)
    }
}

extension PackedTensor: Equatable {
    /// Whether the same values are said in the same way.
    public static func == (left: PackedTensor, right: PackedTensor) -> Bool {
        left.shape == right.shape && left.bits == right.bits && left.layout == right.layout
            && left.rowsPerScale == right.rowsPerScale
            && left.sparsity == right.sparsity && isSame(left.codes, right.codes) && isSame(left.scales, right.scales)
            && isSame(left.zeroPoints, right.zeroPoints)
    }

    private static func isSame(_ left: Tensor?, _ right: Tensor?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isIdentical(to: right)
    }
}
