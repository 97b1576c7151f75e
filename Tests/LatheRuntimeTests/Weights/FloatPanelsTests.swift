import LatheRuntime
import LatheTensor
import Testing

@Suite("Float weights for products")
struct FloatPanelsTests {
    @Test("Every product gives the bits of the first, with panels or without", arguments: [Precision.float32, .bfloat16], [1, 4, 5, 33])
    func sameBits(_ precision: Precision, rows: Int) {
        for isTransposed in [true, false] { checkBits(precision, isTransposed, rows) }
    }

    private func checkBits(_ precision: Precision, _ isTransposed: Bool, _ rows: Int) {
        let (outputs, inputs) = (130, 300)
        let elements = Tensor.randomNormal(isTransposed ? [inputs, outputs] : [outputs, inputs], from: RandomSource(seed: 1))
        let stored = StoredTensor(elements, isTransposed: isTransposed), weight = FloatPanels(stored, precision: precision)
        let input = PreparedInput(.randomNormal([rows, inputs], from: RandomSource(seed: 2)), for: weight.arithmetic)
        let results = (0..<4).map { _ in weight.linear(input, bias: nil, activation: .gelu, residual: nil) }
        for result in results.dropFirst() { #expect(result.isIdentical(to: results[0])) }
        let expected = PackedMatrix(stored.values, precision: precision).linear(input, activation: .gelu)
        #expect((results[0] - expected).largestMagnitude() <= 1e-5 * (1 + expected.largestMagnitude()))
        #expect(weight.unpacked.isIdentical(to: stored.values) && weight.outputs == outputs && weight.inputs == inputs)
    }
}
