import LathePacking
import LatheTensor

/// A table that lies in the graph already.
struct SharedTable {
    let content: LayerContent
    /// float `[rows, width]`, or int8 of the same shape.
    let value: GraphValue
}

/// Codes in the words of ONNX: `value = scale · (code - zeroPoint)` with steps for each row, or each group of a row's
/// columns.
struct CodedWeight {
    /// int8 `[rows, columns]`
    let codes: Tensor
    /// float `[rows, groups]`
    let scales: Tensor
    /// Whole numbers of the scales' shape; nil for 0 everywhere.
    let zeroPoints: Tensor?
    /// The weight's own shape, `[rows, …]`.
    let shape: [Int]

    init(_ tensor: PackedTensor) {
        let matrix = tensor.matrix
        self.init(codes: matrix.codes, scales: matrix.scales, zeroPoints: matrix.zeroPoints, shape: tensor.shape)
    }

    init(codes: Tensor, scales: Tensor, zeroPoints: Tensor? = nil, shape: [Int]? = nil) {
        (self.codes, self.scales, self.zeroPoints, self.shape) = (codes, scales, zeroPoints, shape ?? codes.shape)
    }

    var rows: Int { codes.shape[0] }
    var columns: Int { codes.shape[1] }
    var groups: Int { scales.shape[1] }

    /// Zero points as bytes, `[rows]`; nil where they are none, or where groups of columns have their own.
    var rowZeroPoints: Tensor? {
        guard groups == 1 else { return nil }
        guard let zeroPoints else { return Tensor(int8: [Int8](repeating: 0, count: rows), shape: [rows]) }
        let values = zeroPoints.floatArray.compactMap(Int8.init(exactly:))
        return values.count == rows ? Tensor(int8: values, shape: [rows]) : nil
    }

    /// The sum of each row's codes, counted from their zero points, float `[rows]`.
    /// - Precondition: rows have one zero point each.
    var rowSums: Tensor {
        let columns = columns, zeroPoints = zeroPoints?.floatArray
        return codes.withUnsafeBytes { bytes in
            let codes = bytes.bindMemory(to: Int8.self)
            let sums = (0..<rows).map { row -> Float in
                let sum = codes[row * columns..<(row + 1) * columns].reduce(0) { $0 + Int($1) }
                return Float(sum - columns * Int(zeroPoints?[row] ?? 0))
            }
            return Tensor(sums, shape: [rows])
        }
    }
}

extension GraphBuilder {
    /// Floats of a coded weight, made in the graph: `[rows, …]`, or `[columns, rows]` where it is wanted `transposed`.
    func dequantized(_ weight: CodedWeight, _ name: String, transposed: Bool) -> GraphValue {
        if let zeroPoints = weight.rowZeroPoints {
            let codes = self.weight(
                name + "_quantized", transposed ? weight.codes.transposed() : weight.codes.reshaped(weight.shape))
            let scales = self.weight(name + "_scale", weight.scales.reshaped([weight.rows]))
            let zeros = self.weight(name + "_zero_point", zeroPoints)
            return add("DequantizeLinear", codes, scales, zeros, attributes: [.int("axis", transposed ? 1 : 0)])
        }
        // A scale for each group of columns, or a zero point that is no byte.
        let steps = [weight.rows, weight.groups, 1],
            shape = [weight.rows, weight.groups, weight.columns / weight.groups]
        var values = cast(self.weight(name + "_quantized", weight.codes.reshaped(shape)), to: .float)
        if let zeroPoints = weight.zeroPoints {
            values = add("Sub", values, self.weight(name + "_zero_point", zeroPoints.reshaped(steps)))
        }
        values = add("Mul", values, self.weight(name + "_scale", weight.scales.reshaped(steps)))
        values = reshape(values, transposed ? [weight.rows, weight.columns] : weight.shape)
        return transposed ? transpose(values, [1, 0]) : values
    }

    /// What `content` shares with a table that is in the graph already: the table.
    func sharedTable(_ content: LayerContent) -> GraphValue? {
        tables.first { table in
            if let parameter = content.parameter { return parameter === table.content.parameter }
            guard case .codes(let own) = content.weight, case .codes(let other) = table.content.weight else {
                return false
            }
            return own == other
        }?.value
    }

    /// The codes of a linear layer for integer products, `[columns, rows]`, with their zero points, one or `[rows]`.
    ///
    /// ONNX Runtime multiplies uint8 inputs fastest by int8 weights. On x86 CPUs without VNNI its sums of these may
    /// saturate; uint8 weights stay exact.
    func integerCodes(
        _ weight: CodedWeight, _ zeroPoints: Tensor, _ name: String, sharing table: GraphValue?
    ) -> (values: GraphValue, zeroPoints: GraphValue) {
        let isUnsigned = weightForm == .uint8
        func stored(_ codes: Tensor) -> Tensor { isUnsigned ? codes.raisedToUnsigned : codes }
        let zeros =
            weight.zeroPoints == nil
            ? constant(stored(Tensor(int8: [0], shape: []))) : self.weight(name + "_zero_point", stored(zeroPoints))
        guard let table else { return (self.weight(name + "_quantized", stored(weight.codes).transposed()), zeros) }
        let codes =
            isUnsigned
            ? cast(add("Add", cast(table, to: .int32), constant(Tensor([Int32(128)], shape: []))), to: .uint8) : table
        return (transpose(codes, [1, 0]), zeros)
    }
}

extension Tensor {
    /// An int8 tensor of the given values in row-major order.
    init(int8 values: [Int8], shape: [Int]) {
        self = values.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .int8) }
    }

    /// int8 codes as uint8 ones, 128 more.
    var raisedToUnsigned: Tensor {
        withUnsafeBytes { bytes in
            bytes.map { $0 ^ 0x80 }.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .uint8) }
        }
    }
}
