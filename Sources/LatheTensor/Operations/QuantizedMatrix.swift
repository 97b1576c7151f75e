/// A weight in few bits: `value[o, i] = scales[o, g] · (codes[o, i] - zeroPoints[o, g])` with `g = i / groupSize`.
package struct QuantizedMatrix {
    /// int8, `[out, in]`. Signed codes: 8 bits -128...127, 4 bits -8...7, 3 bits -4...3, 2 bits -2...1 (ternary weights
    /// use -1, 0 and 1), 1 bit -1 and 1.
    package let codes: Tensor
    /// 8, 4, 3, 2 or 1.
    package let bits: Int
    /// float32, `[out, groups]`: so many equal runs of a row's inputs have a scale of their own.
    package let scales: Tensor
    /// float32 whole numbers, `[out, groups]`; nil for 0 everywhere.
    package let zeroPoints: Tensor?

    package init(codes: Tensor, bits: Int, scales: Tensor, zeroPoints: Tensor? = nil) {
        precondition([1, 2, 3, 4, 8].contains(bits), "weights have 8, 4, 3, 2 or 1 bits, not \(bits)")
        precondition(codes.dtype == .int8 && codes.rank == 2, "codes \(codes.dtype) \(codes.shape)")
        precondition(
            scales.dtype == .float32 && scales.rank == 2 && scales.shape[0] == codes.shape[0] && scales.shape[1] > 0
                && codes.shape[1] % scales.shape[1] == 0,
            "scales \(scales.dtype) \(scales.shape) for codes \(codes.shape)")
        precondition(
            zeroPoints.map { $0.dtype == .float32 && $0.shape == scales.shape } ?? true,
            "zero points \(zeroPoints?.shape ?? []) for scales \(scales.shape)")
        (self.codes, self.bits, self.scales, self.zeroPoints) = (codes, bits, scales, zeroPoints)
    }

    package var outputs: Int { codes.shape[0] }
    package var inputs: Int { codes.shape[1] }
    /// Runs of inputs with a scale of their own.
    package var groups: Int { scales.shape[1] }
    /// Inputs of one run.
    package var groupSize: Int { inputs / groups }
    /// The codes that so many bits can hold; with 1 bit there is no 0 between.
    package static func codes(ofBits bits: Int) -> ClosedRange<Int> {
        bits == 1 ? -1...1 : -(1 << (bits - 1))...(1 << (bits - 1)) - 1
    }

    /// float32, `[out, in]`. Without zero points `scale · code`; else
    /// `scale · (code - lowest) + scale · (lowest - zeroPoint)`, `lowest = -2^(bits - 1)`, each product rounded, which
    /// is exactly the `s · q + z`, `z = s · round(min / s)`, of DeepSpeed's asymmetric quantiser.
    package var dequantized: Tensor {
        let shape = [outputs, groups, groupSize], each = [outputs, groups, 1]
        let codes = self.codes.cast(to: .float32).reshaped(shape), scales = self.scales.reshaped(each)
        guard let zeroPoints else { return (codes * scales).reshaped([outputs, inputs]) }
        let lowest = -Float(1 << (bits - 1))
        let above = (codes - lowest) * scales, base = scales * (zeroPoints.reshaped(each) * -1 + lowest)
        return (above + base).reshaped([outputs, inputs])
    }
}
