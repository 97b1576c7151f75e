import LatheTensor
import Testing

@Suite("Few-bit weights")
struct QuantizedMatrixTests {
    private func codes(_ shape: [Int], bits: Int) -> Tensor {
        let range = QuantizedMatrix.codes(ofBits: bits)
        let below = wholeNumbers(shape, seed: 2, below: bits == 1 ? 2 : range.count).cast(to: .float32)
        return (bits == 1 ? below * 2 - 1 : below + Float(range.lowerBound)).cast(to: .int8)
    }

    @Test(
        "The value of a code is its group's scale times its distance from the zero point", arguments: [8, 4, 3, 2, 1],
        [1, 3])
    func values(bits: Int, groups: Int) {
        let codes = codes([5, 12], bits: bits), scales = numbers([5, groups], in: 0.25...1)
        let zeroPoints = wholeNumbers([5, groups], seed: 3, below: 9).cast(to: .float32) - 4
        let plain = QuantizedMatrix(codes: codes, bits: bits, scales: scales)
        let shifted = QuantizedMatrix(codes: codes, bits: bits, scales: scales, zeroPoints: zeroPoints)
        let group = { $0 / (12 / groups) }
        expectClose(
            plain.dequantized, Reference([5, 12]) { Reference(codes)[$0] * Reference(scales)[$0[0], group($0[1])] },
            .rounding)
        let expected = Reference([5, 12]) {
            (Reference(codes)[$0] - Reference(zeroPoints)[$0[0], group($0[1])]) * Reference(scales)[$0[0], group($0[1])]
        }
        expectClose(shifted.dequantized, expected, .relative(1e-6 * Double(1 << bits)))
        #expect(plain.groupSize == 12 / groups)
    }

    @Test("An asymmetric weight is DeepSpeed's s · q + z to the bit")
    func asymmetric() {
        let weight = numbers([1, 64], in: -0.3...0.8)
        let (low, high) = weight.extremes(), scale = (high - low) / 16, steps = (low / scale).rounded(.toNearestOrEven)
        let expected = weight.fakeQuantized(FakeQuantization(bits: 4, grid: .asymmetric), groupCount: 1)
        let codes = weight.floatArray.map {
            min(max((($0 - scale * steps) / scale).rounded(.toNearestOrEven), 0), 15) - 8
        }
        let quantized = QuantizedMatrix(
            codes: Tensor(codes, shape: [1, 64]).cast(to: .int8), bits: 4, scales: Tensor([scale], shape: [1, 1]),
            zeroPoints: Tensor([-8 - steps], shape: [1, 1]))
        expectClose(quantized.dequantized, expected, .exact)
    }
}
