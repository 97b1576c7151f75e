import LatheNN
import LathePacking
import LatheTensor
import Testing

@Suite("Attention of packed projections")
struct PackedAttentionTests {
    private let input = withRandomSource(RandomSource(seed: 1)) { Tensor.randomNormal([2, 40, 32]) }

    private func attention(_ format: WeightFormat?) -> SelfAttention {
        let attention = withRandomSource(RandomSource(seed: 2)) { SelfAttention(width: 32, heads: 2) }
        if let format { attention.packWeights(format) }
        return attention
    }

    private func run(_ attention: SelfAttention, _ precision: Precision?) -> [Float] {
        withPrecision(precision) { withInference { attention(input).floatArray } }
    }

    @Test(
        "It is bf16 where projections round their inputs, unless another arithmetic is asked for",
        arguments: [WeightFormat.w8a8, .w4a8, .bfloat16])
    func packed(format: WeightFormat) {
        let packed = attention(format), usual = run(packed, nil), floats = run(packed, .float32)
        #expect(usual == run(packed, .bfloat16))
        let largest = zip(usual, floats).map { abs($0 - $1) }.max() ?? 0
        #expect(largest > 0 && largest < 0.02)
    }

    @Test("It is float32 where projections are floats")
    func floats() {
        for attention in [attention(nil), attention(.float32)] {
            #expect(run(attention, nil) == run(attention, .float32))
            #expect(run(attention, nil) != run(attention, .bfloat16))
        }
    }
}
