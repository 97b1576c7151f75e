import LatheTensor

extension PackedTensor {
    /// The codes of values that lie on `grid`, but for zeros that masks have made; nil where codes and scales would not
    /// give back every value as it is.
    ///
    /// Values of one bit become bits, values of two bits trits. Zeros among values of one bit are said by a scale of 0
    /// where they fill whole rows of a group of columns and that takes less, and by trits otherwise. 8 bits bytes where
    /// that is asked for; others words of bits. Bytes and words have a scale for each row, unless one serves the whole
    /// weight or groups of columns have their own, since that is what compressed-tensors can say; trits and signs keep
    /// one scale for a group of rows. Where files are smaller without zeros, they leave them out.
    /// - Parameters:
    ///   - values: float32 `[rows, …]`.
    ///   - grid: where they lie.
    ///   - isForIntegers: whether 8-bit codes lie as bytes, which is the form of layers that multiply in integers, and
    ///     of tables.
    package init?(exactly values: Tensor, on grid: ValueGrid, isForIntegers: Bool) {
        let shape = values.shape, rows = shape.first ?? 0, columns = Array(shape.dropFirst()).elementCount
        guard values.rank >= 2, rows == grid.rowCount, columns > 0, columns % grid.scales.shape[1] == 0,
            case (var codes, var hasZeros)? = Self.codes(of: values, rows, columns, grid)
        else { return nil }
        var (scales, zeroPoints, rowsPerScale) = (grid.scales, grid.zeroPoints, grid.rowsPerScale)
        if grid.bits == 1, hasZeros, let zeroRuns = Self.scalesOfZeroRuns(&codes, rows, columns, grid) {
            (scales, rowsPerScale, hasZeros) = (zeroRuns, 1, false)
        }
        let isAsymmetric = grid.zeroPoints != nil
        let fits = grid.zeroPoints.map { Self.fit($0, bits: grid.bits) } ?? true
        let layout: CodeLayout =
            switch grid.bits {
            case 1: hasZeros ? .trits : .signs
            case 2: .trits
            case 8: isForIntegers && fits ? .bytes : .words(bits: 8)
            default: .words(bits: grid.bits)
            }
        let isCompact = layout == .trits || layout == .signs, isWhole = rowsPerScale == rows && !isAsymmetric
        if rowsPerScale > 1, !isCompact, !isWhole {
            let ids = Tensor((0..<rows).map { Int32($0 / grid.rowsPerScale) })
            (scales, zeroPoints, rowsPerScale) = (scales.gathered(ids), zeroPoints.map { $0.gathered(ids) }, 1)
        }
        let packed = codes.withUnsafeBufferPointer { layout.packed($0, rows: rows, columns: columns) }.inFileMemory()
        self.init(
            shape: shape, bits: max(grid.bits, layout == .trits ? 2 : 1), layout: layout, codes: packed, scales: scales,
            zeroPoints: zeroPoints,
            rowsPerScale: rowsPerScale)
        self = leavingOutZeros
    }

    /// Scales `[rows, groups]` that are 0 where all codes of a row's group of columns are 0; those codes become 1.
    /// `nil`, without a change, where a group has zeros among others, or where so many scales take more than trits do.
    private static func scalesOfZeroRuns(_ codes: inout [Int8], _ rows: Int, _ columns: Int, _ grid: ValueGrid)
        -> Tensor?
    {
        let groups = grid.scales.shape[1], size = columns / groups, scales = grid.scales.floatArray
        let scaleBits = 8 * DType.float32.byteWidth * (rows * groups - scales.count)
        guard Double(scaleBits) < (tritBits - 1) * Double(rows * columns) else { return nil }
        var expanded: [Float] = [], zeroRuns: [Range<Int>] = []
        expanded.reserveCapacity(rows * groups)
        for start in stride(from: 0, to: codes.count, by: size) {
            let run = start..<start + size, zeroCount = codes[run].reduce(0) { $0 + ($1 == 0 ? 1 : 0) }
            if zeroCount != 0, zeroCount != size { return nil }
            if zeroCount != 0 { zeroRuns.append(run) }
            expanded.append(
                zeroCount == 0 ? scales[start / columns / grid.rowsPerScale * groups + start % columns / size] : 0)
        }
        for run in zeroRuns { for place in run { codes[place] = 1 } }
        return Tensor(expanded, shape: [rows, groups])
    }

    /// Bits of a trit in a file.
    private static let tritBits = 8 / Double(CodeLayout.tritsPerByte)

    /// Whether all zero points are codes of so many bits, which the package compressed-tensors demands.
    static func fit(_ zeroPoints: Tensor, bits: Int) -> Bool {
        let lowest = -Float(1 << (bits - 1))
        return zeroPoints.floatArray.allSatisfy { (lowest...(-lowest - 1)).contains($0) }
    }

    /// The codes of `values`, and whether one of one or two bits is 0; nil where a value lies beside the grid.
    private static func codes(of values: Tensor, _ rows: Int, _ columns: Int, _ grid: ValueGrid) -> (
        codes: [Int8], hasZeros: Bool
    )? {
        let groups = grid.scales.shape[1], size = columns / groups
        let (scales, zeroPoints) = (grid.scales.floatArray, grid.zeroPoints?.floatArray)
        var codes = [Int8](repeating: 0, count: values.elementCount), isExact = true, hasZeros = false
        codes.withUnsafeMutableBufferPointer { codes in
            values.withUnsafeBytes { bytes in
                let values = bytes.bindMemory(to: Float.self)
                for start in stride(from: 0, to: values.count, by: size) {
                    let step = start / columns / grid.rowsPerScale * groups + start % columns / size
                    let run = start..<start + size
                    if grid.bits <= 2 {
                        isExact = sizes(run, scales[step], values, codes, &hasZeros) && isExact
                    } else {
                        isExact = steps(run, scales[step], zeroPoints?[step], grid.bits, values, codes) && isExact
                    }
                }
            }
        }
        return isExact ? (codes, hasZeros) : nil
    }

    /// Codes of -scale, 0 and scale. Zeros are +1 where the scale is 0.
    private static func sizes(
        _ run: Range<Int>, _ scale: Float, _ values: UnsafeBufferPointer<Float>,
        _ codes: UnsafeMutableBufferPointer<Int8>, _ hasZeros: inout Bool
    ) -> Bool {
        var isExact = true
        for i in run {
            let value = values[i]
            if value == scale {
                codes[i] = 1
            } else if value == -scale {
                codes[i] = -1
            } else {
                isExact = isExact && value == 0
                hasZeros = true
            }
        }
        return isExact
    }

    /// Codes on a uniform grid.
    private static func steps(
        _ run: Range<Int>, _ scale: Float, _ zeroPoint: Float?, _ bits: Int, _ values: UnsafeBufferPointer<Float>,
        _ codes: UnsafeMutableBufferPointer<Int8>
    ) -> Bool {
        // Codes are counted from `base`: 0, or the lowest where there is a zero point.
        let lowest = -Float(1 << (bits - 1)), base = zeroPoint == nil ? 0 : lowest,
            offset = zeroPoint.map { scale * (lowest - $0) } ?? 0
        let (least, most) = (lowest - base, -lowest - 1 - base)
        guard scale > 0, offset.isFinite else { return false }
        var isExact = true
        for i in run {
            let count = ((values[i] - offset) / scale).rounded(.toNearestOrEven)
            let code = min(max(count, least), most)
            isExact = isExact && scale * code + offset == values[i]
            codes[i] = Int8(truncatingIfNeeded: Int32(code.isNaN ? 0 : code + base))
        }
        return isExact
    }
}
