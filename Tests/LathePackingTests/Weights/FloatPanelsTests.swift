import LathePacking
import LatheTensor
import Testing

@Suite("Float weights for products")
struct FloatPanelsTests {
    @Test(
        "A weight that a file has transposed gives the bits of its values", arguments: [Precision.float32, .bfloat16],
        [1, 4, 5, 33])
    func transposed(_ precision: Precision, rows: Int) {
        let stored = StoredTensor(.randomNormal([300, 130], from: RandomSource(seed: 1)), isTransposed: true)
        let weight = FloatPanels(stored, precision: precision), plain = FloatPanels(stored.values, precision: precision)
        let input = PreparedInput(.randomNormal([rows, 300], from: RandomSource(seed: 2)), for: weight.arithmetic)
        func result(_ weight: FloatPanels) -> Tensor {
            weight.linear(input, bias: nil, activation: .gelu, residual: nil)
        }
        #expect(result(weight).isIdentical(to: result(plain)))
        #expect(weight.unpacked.isIdentical(to: stored.values) && weight.outputs == 130 && weight.inputs == 300)
    }
}
