import LatheNN
import LatheTensor

extension GraphBuilder {
    /// `activation(x Wᵀ + b) + residual`: a linear layer, with its input rounded as the layer rounds it.
    /// - Throws: `ExportError`.
    func linear(_ layer: Linear, _ input: GraphValue, activation: Activation, residual: GraphValue?) throws
        -> GraphValue
    {
        let path = path(of: layer), content = try LayerContent(layer, at: path).with(staticInputs: inputRanges[path])
        return within(layer) {
            var result = product(input, content, path + ".weight")
            if let bias = content.bias { result = add("Add", result, weight(path + ".bias", bias)) }
            result = activate(result, activation)
            return residual.map { add("Add", result, $0) } ?? result
        }
    }

    /// `x Wᵀ` over the last axis.
    private func product(_ input: GraphValue, _ content: LayerContent, _ name: String) -> GraphValue {
        let table = sharedTable(content)
        guard keepsCodes, case .codes(let tensor) = content.weight else {
            let input = content.roundings.reduce(input) { round($0, $1, axes: [-1]) }
            if let table { return add("MatMul", input, transpose(table, [1, 0])) }
            return add("MatMul", input, weight(name + "_transposed", content.weight.values.transposed()))
        }
        let coded = CodedWeight(tensor)
        if let zeroPoints = coded.rowZeroPoints, let rounding = content.roundings.last, rounding.range == nil,
            rounding.bits <= 8
        {
            let input = content.roundings.dropLast().reduce(input) { round($0, $1, axes: [-1]) }
            return integerProduct(quantize(input, rounding, axes: [-1]), coded, zeroPoints, name, table)
        }
        let input = content.roundings.reduce(input) { quantizeAndBack($0, $1) ?? round($0, $1, axes: [-1]) }
        return add("MatMul", input, dequantized(coded, name, transposed: true))
    }

    /// A product in 8-bit integers with a scale for each row of the input and each output.
    private func integerProduct(
        _ input: QuantizedInput, _ coded: CodedWeight, _ zeroPoints: Tensor, _ name: String, _ table: GraphValue?
    ) -> GraphValue {
        let codes = integerCodes(coded, zeroPoints, name, sharing: table)
        var sums = cast(add("MatMulInteger", input.codes, codes.values, input.zeroPoint, codes.zeroPoints), to: .float)
        if let offset = input.offset {
            sums = add("Add", sums, add("Mul", offset, weight(name + "_sums", coded.rowSums)))
        }
        return add("Mul", add("Mul", sums, input.scale), weight(name + "_scale", coded.scales.reshaped([coded.rows])))
    }

    /// Layer normalisation over the last axis.
    func normalize(_ layer: LayerNorm, _ input: GraphValue) -> GraphValue {
        let path = path(of: layer)
        return within(layer) {
            add(
                "LayerNormalization", input, weight(path + ".weight", layer.weight.detached),
                weight(path + ".bias", layer.bias.detached),
                attributes: [.int("axis", -1), .float("epsilon", layer.epsilon)])
        }
    }

    /// The rows of a table that int64 ids name, `[…, width]`.
    /// - Parameter rank: the axes of the ids.
    func embed(_ layer: Embedding, _ ids: GraphValue, rank: Int) -> GraphValue {
        let path = path(of: layer), name = path + ".weight", content = LayerContent(layer)
        return within(layer) {
            guard keepsCodes, case .codes(let tensor) = content.weight else {
                let table = weight(name, content.weight.values)
                tables.append(SharedTable(content: content, value: table))
                return add("Gather", table, ids, attributes: [.int("axis", 0)])
            }
            let coded = CodedWeight(tensor), steps = [coded.rows, coded.groups, 1]
            let table = weight(name + "_quantized", coded.codes)
            tables.append(SharedTable(content: content, value: table))
            func rows(_ value: GraphValue) -> GraphValue { add("Gather", value, ids, attributes: [.int("axis", 0)]) }
            let kept = [Int](repeating: 0, count: rank)
            var values = reshape(cast(rows(table), to: .float), kept + [coded.groups, coded.columns / coded.groups])
            if let zeroPoints = coded.zeroPoints {
                values = add("Sub", values, rows(weight(name + "_zero_point", zeroPoints.reshaped(steps))))
            }
            values = add("Mul", values, rows(weight(name + "_scale", coded.scales.reshaped(steps))))
            return reshape(values, kept + [coded.columns])
        }
    }
}
