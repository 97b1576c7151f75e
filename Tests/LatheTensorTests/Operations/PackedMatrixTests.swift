import LatheTensor
import Testing

@Suite("Packed weights")
struct PackedMatrixTests {
    private static let sizes = [(1, 1, 1), (1, 64, 17), (5, 7, 3), (17, 129, 33), (70, 96, 131)]

    @Test("float32 products agree with the formula for every activation", arguments: Activation.allCases)
    func float32(activation: Activation) {
        for (rows, inputs, outputs) in Self.sizes {
            let x = numbers([rows, inputs]), weight = numbers([outputs, inputs], seed: 2, in: -0.5...0.5)
            let bias = numbers([outputs], seed: 3), residual = numbers([rows, outputs], seed: 4)
            let packed = PackedMatrix(weight, precision: .float32)
            let result = packed.linear(
                PreparedInput(x, for: packed.arithmetic), bias: bias, activation: activation, residual: residual)
            let expected = linear(
                Reference(x), Reference(weight), bias: Reference(bias), activation: activation,
                residual: Reference(residual))
            expectClose(result, expected, .sum)
        }
    }

    @Test("A packed weight gives the same bits as the same weight unpacked")
    func sameBits() {
        let x = numbers([5, 67]), weight = numbers([31, 67], seed: 2)
        let packed = PackedMatrix(weight, precision: .float32)
        expectClose(packed.linear(PreparedInput(x, for: packed.arithmetic)), x.linear(weight), .exact)
    }

    @Test("bfloat16 products are exact sums of rounded factors", arguments: sizes)
    func bfloat16(rows: Int, inputs: Int, outputs: Int) {
        // Thirds need rounding. The result is compared with the product of the rounded factors, so only sums may
        // differ.
        let x = numbers([rows, inputs]) / 3, weight = numbers([outputs, inputs], seed: 2) / 3
        let packed = PackedMatrix(weight, precision: .bfloat16)
        let rounded = [x, weight].map { Reference($0.cast(to: .bfloat16)) }
        let expected = linear(rounded[0], rounded[1], bias: nil, activation: .identity, residual: nil)
        expectClose(packed.linear(PreparedInput(x, for: packed.arithmetic)), expected, .sum)
        let stored = PackedMatrix(weight.cast(to: .bfloat16), precision: .bfloat16)
        expectClose(stored.linear(PreparedInput(x, for: stored.arithmetic)), expected, .sum)
    }

    @Test("int8 products are products of codes and scales", arguments: QuantizationGrid.allCases, sizes)
    func int8(grid: QuantizationGrid, size: (Int, Int, Int)) {
        let (rows, inputs, outputs) = size
        let x = numbers([rows, inputs]) / 3
        let codes = (wholeNumbers([outputs, inputs], seed: 2, below: 256).cast(to: .float32) - 128).cast(to: .int8)
        let scales = numbers([outputs, 1], seed: 3, in: 0.25...1)
        let bias = numbers([outputs], seed: 4), residual = numbers([rows, outputs], seed: 5)
        let packed = PackedMatrix(
            QuantizedMatrix(codes: codes, bits: 8, scales: scales), arithmetic: .integer(ActivationGrid(grid: grid)))
        let result = packed.linear(
            PreparedInput(x, for: packed.arithmetic), bias: bias, activation: .gelu, residual: residual)

        let weight = Reference([outputs, inputs]) { Reference(codes)[$0] * Reference(scales)[$0[0], 0] }
        let values = quantized(x, grid)
        let expected = linear(values, weight, bias: Reference(bias), activation: .gelu, residual: Reference(residual))
        expectClose(result, expected, .sum, "\(grid) \(size)")
    }

    /// The values that 8-bit codes of each row stand for, by the formulas of DeepSpeed's quantisers, in float32 as
    /// there.
    private func quantized(_ x: Tensor, _ grid: QuantizationGrid) -> Reference {
        let columns = x.shape[1]
        let rows = (0..<x.shape[0]).map { Array(x.floatArray[$0 * columns..<($0 + 1) * columns]) }
        let values = rows.flatMap { row -> [Double] in
            let low = row.min() ?? 0, high = row.max() ?? 0
            switch grid {
            case .symmetric:
                let scale = 2 * max(abs(low), abs(high)) / 256
                if scale == 0 { return row.map(Double.init) }
                return row.map { Double(scale) * Double(min(max(($0 / scale).rounded(.toNearestOrEven), -128), 127)) }
            case .asymmetric:
                let scale = (high - low) / 256
                if scale == 0 { return row.map(Double.init) }
                let zero = -(low / scale).rounded(.toNearestOrEven)
                return row.map {
                    Double(scale) * Double(min(max(($0 / scale).rounded(.toNearestOrEven) + zero, 0), 255) - zero)
                }
            }
        }
        return Reference(shape: x.shape, values: values)
    }

    @Test("Rows of zeros and of one value are reproduced by int8 inputs", arguments: QuantizationGrid.allCases)
    func constantRows(grid: QuantizationGrid) {
        let x = Tensor([0, 0, 0, 0, 0, 0, -0.7, 0, 0.35], shape: [3, 3])
        let identity = (Tensor([1.0, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3])).cast(to: .int8)
        let packed = PackedMatrix(
            QuantizedMatrix(codes: identity, bits: 8, scales: .ones([3, 1])),
            arithmetic: .integer(ActivationGrid(grid: grid)))
        let result = packed.linear(PreparedInput(x, for: packed.arithmetic))
        expectClose(result.sliced(0..<2), Tensor.zeros([2, 3]), .exact)
        // One step of the grid is 2 · 0.7 / 256.
        expectClose(result, Reference(x), .relative(0.0055))
    }

    @Test("int8 products of real numbers keep 35 dB")
    func signal() {
        let x = numbers([16, 256]), weight = numbers([64, 256], seed: 2)
        let (codes, scales) = weight.quantizedRows()
        let packed = PackedMatrix(
            QuantizedMatrix(codes: codes, bits: 8, scales: scales),
            arithmetic: .integer(ActivationGrid(grid: .asymmetric)))
        let expected = linear(Reference(x), Reference(weight), bias: nil, activation: .identity, residual: nil)
        expectClose(packed.linear(PreparedInput(x, for: packed.arithmetic)), expected, .decibels(35))
    }

    @Test("One prepared input serves several weights, and leading axes stay")
    func sharedInput() {
        let x = numbers([2, 3, 5])
        let weights = [3, 7].map { PackedMatrix(numbers([$0, 5], seed: 2), precision: .float32) }
        let input = PreparedInput(x, for: .float32)
        #expect(weights.map { $0.linear(input).shape } == [[2, 3, 3], [2, 3, 7]])
    }

    @Test("A packed weight knows its sizes")
    func knownSizes() {
        let packed = PackedMatrix(numbers([31, 67]), precision: .bfloat16)
        #expect(packed.outputs == 31)
        #expect(packed.inputs == 67)
        #expect(packed.arithmetic == .bfloat16)
        #expect(packed.byteCount >= 31 * 67 * 2)
    }
}
