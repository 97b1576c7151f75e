import LatheNN
import LatheTensor
import Testing

@Suite("SelfAttention")
struct SelfAttentionTests {
    @Test("has Hugging Face's names")
    func names() {
        let attention = SelfAttention(width: 6, heads: 2)
        #expect(
            attention.namedParameters.map(\.path) == [
                "query.weight", "query.bias", "key.weight", "key.bias", "value.weight", "value.bias",
            ])
        #expect(attention.namedParameters.map(\.parameter.shape) == [[6, 6], [6], [6, 6], [6], [6, 6], [6]])
        #expect(SelfAttention(width: 6, heads: 3, hasBias: false).namedParameters.count == 3)
    }

    struct Case: Sendable {
        var batch: Int, tokens: Int, width: Int, heads: Int, isMasked = false, isCausal = false
    }

    @Test(
        "follows the formula, with padding and with causal order",
        arguments: [
            Case(batch: 1, tokens: 1, width: 4, heads: 1), Case(batch: 2, tokens: 5, width: 6, heads: 2),
            Case(batch: 2, tokens: 7, width: 12, heads: 3, isMasked: true),
            Case(batch: 2, tokens: 9, width: 8, heads: 2, isCausal: true),
            Case(batch: 2, tokens: 70, width: 64, heads: 1, isMasked: true, isCausal: true),
        ])
    func values(_ test: Case) {
        let attention = seeded(2) { SelfAttention(width: test.width, heads: test.heads, isCausal: test.isCausal) }
        let input = Tensor.randomNormal([test.batch, test.tokens, test.width], from: RandomSource(seed: 3))
        let mask = test.isMasked ? mask(test) : nil
        let (context, scores) = attention.withScores(input, layout: .padded(keyMask: mask))
        let expected = naive(attention, input, mask, test)
        expectClose(context, expected.context, shape: input.shape, tolerance: 5e-6)
        expectSameBits(attention(input, layout: .padded(keyMask: mask)), context)
        #expect(scores.shape == [test.batch, test.heads, test.tokens, test.tokens])
        for (score, expected) in zip(scores.floatArray, expected.scores) where expected.isFinite {
            #expect(abs(score - expected) <= 1e-5 * max(1, abs(expected)))
        }
    }

    @Test("gradients agree with finite differences", arguments: [false, true])
    func gradients(isCausal: Bool) {
        let attention = seeded(2) { SelfAttention(width: 6, heads: 2, isCausal: isCausal) }
        let input = Parameter(.randomNormal([2, 4, 6], deviation: 0.7, from: RandomSource(seed: 3)))
        let mask = Tensor([0, 0, 0, 0, 0, 0, 0, -10_000] as [Float], shape: [2, 4])
        // The bias of the keys shifts all scores of a query alike, which the softmax ignores: its gradient is zero, and
        // nothing to compare.
        let parameters = [input] + attention.parameters.filter { $0 !== attention.key.bias }
        expectGradients(of: parameters) { attention(input.value, layout: .padded(keyMask: mask)) }
    }

    @Test("gradients that arrive at context and scores together agree with finite differences")
    func scoreGradients() {
        let attention = seeded(2) { SelfAttention(width: 6, heads: 2) }
        let input = Parameter(.randomNormal([2, 4, 6], deviation: 0.7, from: RandomSource(seed: 3)))
        expectGradients(of: [input] + attention.parameters) {
            let (context, scores) = attention.withScores(input.value)
            return .concatenated([context.reshaped([-1]), scores.reshaped([-1])])
        }
    }

    @Test("drops probabilities in training only, the same ones for the same seed")
    func dropout() {
        let attention = seeded(2) { SelfAttention(width: 8, heads: 2, dropout: 0.5) }
        let input = Tensor.randomNormal([2, 5, 8], from: RandomSource(seed: 3))
        let evaluated = attention(input)
        let trained = [4, 4, 5].map { seed in seeded(UInt64(seed)) { withTraining { attention(input) } } }
        expectSameBits(trained[0], trained[1])
        #expect(bits(trained[0]) != bits(trained[2]))
        #expect(bits(trained[0]) != bits(evaluated))
        attention.dropout = 0
        expectSameBits(withTraining { attention(input) }, evaluated)
    }

    @Test("works on after heads were cut out of its layers")
    func pruned() {
        let attention = seeded(2) { SelfAttention(width: 12, heads: 3) }
        let input = Tensor.randomNormal([2, 5, 12], from: RandomSource(seed: 3))
        let whole = attention(input)
        for layer in [attention.query, attention.key, attention.value] {
            guard case .dense(let weight) = layer.weight, let bias = layer.bias else { continue }
            weight.value = .concatenated([weight.detached.sliced(0..<4), weight.detached.sliced(8..<12)])
            bias.value = .concatenated([bias.detached.sliced(0..<4), bias.detached.sliced(8..<12)])
        }
        attention.heads = 2
        let expected = Tensor.concatenated([whole.sliced(0..<4, axis: 2), whole.sliced(8..<12, axis: 2)], axis: 2)
        expectClose(attention(input), expected.floatArray, shape: [2, 5, 8])
    }

    /// The last two tokens of the first sequence are padding.
    private func mask(_ test: Case) -> Tensor {
        var values = Array(repeating: Float(0), count: test.batch * test.tokens)
        values[test.tokens - 1] = -.infinity
        values[test.tokens - 2] = -10_000
        return Tensor(values, shape: [test.batch, test.tokens])
    }

    private func naive(_ attention: SelfAttention, _ input: Tensor, _ mask: Tensor?, _ test: Case) -> (
        context: [Float], scores: [Float]
    ) {
        let q = attention.query(input).floatArray, k = attention.key(input).floatArray,
            v = attention.value(input).floatArray
        let size = test.width / test.heads
        var context = Array(repeating: Float(0), count: q.count), allScores: [Float] = []
        for batch in 0..<test.batch {
            for head in 0..<test.heads {
                func at(_ token: Int, _ i: Int) -> Int { (batch * test.tokens + token) * test.width + head * size + i }
                for query in 0..<test.tokens {
                    let scores: [Double] = (0..<test.tokens).map { key in
                        if test.isCausal, key > query { return -.infinity }
                        let product = (0..<size).reduce(0.0) { $0 + Double(q[at(query, $1)]) * Double(k[at(key, $1)]) }
                        return product / Double(size).squareRoot()
                            + Double(mask?.floatArray[batch * test.tokens + key] ?? 0)
                    }
                    allScores += scores.map(Float.init)
                    let weights = softmax(scores)
                    for i in 0..<size {
                        context[at(query, i)] = Float(
                            (0..<test.tokens).reduce(0.0) { $0 + weights[$1] * Double(v[at($1, i)]) })
                    }
                }
            }
        }
        return (context, allScores)
    }
}
