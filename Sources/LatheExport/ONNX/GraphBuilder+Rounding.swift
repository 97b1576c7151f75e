import LatheTensor

/// Which value was rounded how.
struct RoundingKey: Hashable {
    let value: GraphValue
    let rounding: InputRounding
    let axes: [Int]
}

/// An input in codes: `value = scale · (code - zeroPoint + offset)`.
struct QuantizedInput {
    /// uint8
    let codes: GraphValue
    /// uint8 `[]`
    let zeroPoint: GraphValue
    /// float, one for each run that shares a range.
    let scale: GraphValue
    /// float whole numbers of the scale's shape; nil for 0 everywhere.
    let offset: GraphValue?
}

/// Rounding as Lathe's kernels do it (`quantize_rows` and `fake_quantize` in `lathe_ops.h`); a run of zeros keeps its
/// zeros.
extension GraphBuilder {
    /// `value` moved to the nearest points of its grid, in floats.
    /// - Parameter axes: those over which a dynamic range reaches.
    func round(_ value: GraphValue, _ rounding: InputRounding, axes: [Int]) -> GraphValue {
        let key = RoundingKey(value: value, rounding: rounding, axes: axes)
        if let known = rounded[key] { return known }
        let levels = Float(1 << rounding.bits), result: GraphValue
        switch rounding.grid {
        case .symmetric:
            let scale = rounding.range.map { constant($0.symmetricScale(levels)) } ?? dynamicScale(value, levels, axes)
            result = add("Mul", clip(add("Round", add("Div", value, scale)), -levels / 2, levels / 2 - 1), scale)
        case .asymmetric:
            let scale: GraphValue, zero: GraphValue
            if let range = rounding.range {
                let step = range.asymmetricScale(levels)
                (scale, zero) = (constant(step), constant(step * (range.low / step).rounded(.toNearestOrEven)))
            } else {
                let steps = dynamicSteps(value, levels, axes)
                (scale, zero) = (steps.scale, add("Mul", steps.scale, steps.offset))
            }
            let codes = clip(add("Round", add("Div", add("Sub", value, zero), scale)), 0, levels - 1)
            result = add("Add", add("Mul", codes, scale), zero)
        }
        rounded[key] = result
        return result
    }

    /// `value` in codes with a range for each run.
    /// - Precondition: the rounding is dynamic and has 8 bits at most.
    func quantize(_ value: GraphValue, _ rounding: InputRounding, axes: [Int]) -> QuantizedInput {
        precondition(rounding.range == nil && rounding.bits <= 8, "codes of \(rounding.bits) bits")
        let key = RoundingKey(value: value, rounding: rounding, axes: axes)
        if let known = quantized[key] { return known }
        let levels = 1 << rounding.bits, result: QuantizedInput
        switch rounding.grid {
        case .symmetric:
            let scale = dynamicScale(value, Float(levels), axes)
            let codes = byteCodes(
                of: value, scale, within: 128 - levels / 2...127 + levels / 2, zeroPoint: 128, axes: axes)
            result = QuantizedInput(codes: codes, zeroPoint: constant(Tensor(uint8: 128)), scale: scale, offset: nil)
        case .asymmetric:
            let (scale, offset) = dynamicSteps(value, Float(levels), axes)
            let shifted = add("Sub", value, add("Mul", scale, offset))
            let codes = byteCodes(of: shifted, scale, within: 0...levels - 1, zeroPoint: 0, axes: axes)
            result = QuantizedInput(codes: codes, zeroPoint: constant(Tensor(uint8: 0)), scale: scale, offset: offset)
        }
        quantized[key] = result
        return result
    }

    /// The uint8 codes `round(value / scale) + zeroPoint` of runs with a scale each.
    /// - Parameter limits: the codes of the grid, in `0...255`.
    private func byteCodes(
        of value: GraphValue, _ scale: GraphValue, within limits: ClosedRange<Int>, zeroPoint: UInt8, axes: [Int]
    ) -> GraphValue {
        if weightForm == .uint8 {
            var codes = add("Round", add("Div", value, scale))
            if zeroPoint != 0 { codes = add("Add", codes, constant(Float(zeroPoint))) }
            return cast(clip(codes, Float(limits.lowerBound), Float(limits.upperBound)), to: .uint8)
        }
        // `QuantizeLinear` takes a scale for each index of one axis, so runs become the rows of a matrix. ONNX Runtime
        // computes it in one pass; some runtimes take only scales that are constants.
        let steps = reshape(scale, [-1]), runs = add("Flatten", value, attributes: [.int("axis", axes[0])])
        var inputs = [runs, steps]
        if zeroPoint != 0 { inputs.append(add("Expand", constant(Tensor(uint8: zeroPoint)), add("Shape", steps))) }
        var codes = add("QuantizeLinear", inputs, attributes: [.int("axis", 0)], outputCount: 1)[0]
        // The operator itself limits codes to those of a byte.
        if limits != 0...255 {
            let (low, high) = (UInt8(limits.lowerBound), UInt8(limits.upperBound))
            codes = add("Clip", codes, constant(Tensor(uint8: low)), constant(Tensor(uint8: high)))
        }
        return add("Reshape", codes, add("Shape", value))
    }

    /// uint8 codes of a static range and back, for runtimes to fuse with the product; `nil` if 8-bit integers do not
    /// hold the grid.
    func quantizeAndBack(_ value: GraphValue, _ rounding: InputRounding) -> GraphValue? {
        guard let range = rounding.range, rounding.bits == 8 else { return nil }
        let scale: Float, zeroPoint: UInt8
        switch rounding.grid {
        case .symmetric: (scale, zeroPoint) = (range.symmetricScale(256), 128)
        case .asymmetric:
            scale = range.asymmetricScale(256)
            guard let zero = UInt8(exactly: -(range.low / scale).rounded(.toNearestOrEven)) else { return nil }
            zeroPoint = zero
        }
        let key = RoundingKey(value: value, rounding: rounding, axes: [])
        if let known = rounded[key] { return known }
        let step = constant(scale), zero = constant(Tensor(uint8: zeroPoint))
        let result = add("DequantizeLinear", add("QuantizeLinear", value, step, zero), step, zero)
        rounded[key] = result
        return result
    }

    private func clip(_ value: GraphValue, _ low: Float, _ high: Float) -> GraphValue {
        add("Clip", value, constant(low), constant(high))
    }

    /// `2 max|x| / levels` of each run, and a number that is too small to matter for a run of zeros.
    private func dynamicScale(_ value: GraphValue, _ levels: Float, _ axes: [Int]) -> GraphValue {
        let largest = reduce("ReduceMax", add("Abs", value), axes)
        return add("Max", add("Mul", largest, constant(2 / levels)), constant(Float.leastNormalMagnitude))
    }

    /// `(max - min) / levels` of each run and `round(min / scale)`. A run of one value c has the scale |c|.
    private func dynamicSteps(_ value: GraphValue, _ levels: Float, _ axes: [Int]) -> (
        scale: GraphValue, offset: GraphValue
    ) {
        let low = reduce("ReduceMin", value, axes), high = reduce("ReduceMax", value, axes)
        let width = add("Mul", add("Sub", high, low), constant(1 / levels))
        let single = add("Max", add("Abs", low), constant(Float.leastNormalMagnitude))
        let scale = add("Where", add("Equal", width, constant(0)), single, width)
        return (scale, add("Round", add("Div", low, scale)))
    }

    private func reduce(_ operation: String, _ value: GraphValue, _ axes: [Int]) -> GraphValue {
        add(operation, value, attributes: [.ints("axes", axes), .int("keepdims", 1)])
    }
}

extension ActivationGrid.Range {
    fileprivate func symmetricScale(_ levels: Float) -> Float { 2 * max(abs(low), abs(high)) / levels }
    fileprivate func asymmetricScale(_ levels: Float) -> Float { (high - low) / levels }
}
