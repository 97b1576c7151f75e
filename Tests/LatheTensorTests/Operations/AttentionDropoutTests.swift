import LatheTensor
import Testing

@Suite("Attention dropout")
struct AttentionDropoutTests {
    private func options(_ rate: Float) -> AttentionOptions {
        var options = AttentionOptions(heads: 2)
        options.dropout = rate
        return options
    }

    /// The probabilities after dropout: with unit vectors as values, each output column is the probability of one key.
    private func probabilities(rate: Float, seed: UInt64 = 3, keys: Int = 67) -> Tensor {
        let x = numbers([1, keys, keys]),
            unit = Tensor((0..<keys * keys).map { Float($0 % (keys + 1) == 0 ? 1 : 0) }, shape: [1, keys, keys])
        var options = AttentionOptions(heads: 1)
        options.dropout = rate
        return Tensor.attention(
            query: x * 0.1, key: x * 0.1, value: unit, options: options, from: RandomSource(seed: seed))
    }

    @Test(
        "Probabilities are dropped at the rate, and the others divided by what is kept",
        arguments: [0.1, 0.5] as [Float])
    func share(rate: Float) {
        let plain = probabilities(rate: 0).floatArray, dropped = probabilities(rate: rate).floatArray
        let zeros = dropped.count { $0 == 0 }
        let deviation = (rate * (1 - rate) / Float(plain.count)).squareRoot()
        #expect(abs(Float(zeros) / Float(plain.count) - rate) < 4 * deviation)
        #expect(zip(plain, dropped).allSatisfy { $1 == 0 || abs($1 - $0 / (1 - rate)) < 1e-5 * $1 })
    }

    @Test("The same seed drops the same, another seed something else")
    func seeds() {
        expectClose(probabilities(rate: 0.5), probabilities(rate: 0.5), .exact)
        #expect(probabilities(rate: 0.5).floatArray != probabilities(rate: 0.5, seed: 4).floatArray)
    }

    @Test("Gradients use the mask of the values")
    func gradients() {
        let size = AttentionSize(queries: 7, keys: 7)
        expectGradientsMatch(size.inputs()) {
            Tensor.attention(
                query: $0[0], key: $0[1], value: $0[2], options: options(0.4), from: RandomSource(seed: 11))
        }
    }

    @Test("A rate of 0 draws nothing, another one moves the source on")
    func draws() {
        let source = RandomSource(seed: 2), x = AttentionSize().inputs()
        _ = Tensor.attention(query: x[0], key: x[1], value: x[2], options: options(0), from: source)
        #expect(source.state.block == 0)
        _ = Tensor.attention(query: x[0], key: x[1], value: x[2], options: options(0.5), from: source)
        #expect(source.state.block > 0)
    }
}
