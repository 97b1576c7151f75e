import LatheTensor
import Testing

/// What attention computes, put together from plain operations, and its scores.
private func composed(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ options: AttentionOptions) -> (
    output: Tensor, scores: Tensor
) {
    let (batch, queries, width) = (q.shape[0], q.shape[1], q.shape[2]), keys = k.shape[1], heads = options.heads,
        size = width / heads
    func split(_ x: Tensor) -> Tensor { x.reshaped([batch, -1, heads, size]).permuted([0, 2, 1, 3]) }
    let scale = options.scale ?? 1 / Float(size).squareRoot()
    var scores = split(q).matmul(split(k), transposingOther: true) * scale
    if let mask = options.keyMask { scores = scores + mask.reshaped([batch, 1, 1, keys]) }
    if options.isCausal {
        let hidden = (0..<queries * keys).map { $0 % keys > $0 / keys + keys - queries ? -Float.infinity : 0 }
        scores = scores + Tensor(hidden, shape: [queries, keys])
    }
    let output = scores.softmax().matmul(split(v)).permuted([0, 2, 1, 3]).reshaped([batch, queries, width])
    return (output, scores)
}

/// Sizes of one attention.
struct AttentionSize: CustomTestStringConvertible, Sendable {
    var batch = 2, heads = 2, queries = 5, keys = 5, headSize = 4
    var testDescription: String { "\(batch)×\(heads)×\(queries)×\(keys)×\(headSize)" }

    static let all = [
        AttentionSize(batch: 1, heads: 1, queries: 1, keys: 1, headSize: 1),
        AttentionSize(batch: 1, heads: 3, queries: 7, keys: 7, headSize: 5),
        AttentionSize(batch: 3, heads: 2, queries: 3, keys: 11, headSize: 8),
        AttentionSize(batch: 2, heads: 1, queries: 17, keys: 17, headSize: 16),
        AttentionSize(batch: 1, heads: 2, queries: 65, keys: 129, headSize: 32),
        AttentionSize(batch: 1, heads: 1, queries: 131, keys: 131, headSize: 64),
    ]

    func inputs() -> [Tensor] {
        let width = heads * headSize
        return [
            numbers([batch, queries, width], seed: 1), numbers([batch, keys, width], seed: 2),
            numbers([batch, keys, width], seed: 3),
        ]
    }

    /// A mask that hides the last keys, more of them in later batches, and one in the middle.
    func mask(_ hidden: Float) -> Tensor {
        let values = (0..<batch * keys).map { place in
            let key = place % keys, isHidden = key > 0 && (key > keys - 1 - place / keys || key == keys / 2)
            return isHidden ? hidden : 0
        }
        return Tensor(values, shape: [batch, keys])
    }

    func options(causal: Bool = false, hidden: Float? = nil, scale: Float? = nil) -> AttentionOptions {
        var options = AttentionOptions(heads: heads)
        options.isCausal = causal
        options.keyMask = hidden.map(mask)
        options.scale = scale
        return options
    }
}

@Suite("Attention")
struct AttentionTests {
    private func check(
        _ size: AttentionSize, _ options: AttentionOptions, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let x = size.inputs()
        let expected = composed(x[0], x[1], x[2], options)
        expectClose(
            Tensor.attention(query: x[0], key: x[1], value: x[2], options: options), expected.output, .sum,
            sourceLocation: sourceLocation)
        let both = Tensor.attentionWithScores(query: x[0], key: x[1], value: x[2], options: options)
        expectClose(both.output, expected.output, .sum, "with scores", sourceLocation: sourceLocation)
        expectClose(both.scores, expected.scores, .sum, "scores", sourceLocation: sourceLocation)
    }

    @Test("Values agree with softmax and products", arguments: AttentionSize.all)
    func plain(size: AttentionSize) { check(size, size.options()) }

    @Test("A query sees no later keys when causal", arguments: AttentionSize.all)
    func causal(size: AttentionSize) { check(size, size.options(causal: true)) }

    @Test(
        "Keys are hidden by large negative numbers and by infinity", arguments: AttentionSize.all,
        [-10_000, -.infinity] as [Float])
    func masked(size: AttentionSize, hidden: Float) {
        check(size, size.options(hidden: hidden))
        check(size, size.options(causal: true, hidden: hidden))
    }

    @Test("The scale can be given", arguments: [0.25, 2] as [Float])
    func scale(scale: Float) { check(AttentionSize(), AttentionSize().options(scale: scale)) }

    @Test("A query that sees no key gives zeros, without a gradient")
    func nothingVisible() {
        let size = AttentionSize(batch: 2)
        var options = AttentionOptions(heads: 2)
        options.keyMask = Tensor(
            [-Float.infinity, -.infinity, -.infinity, -.infinity, -.infinity, 0, 0, 0, 0, 0], shape: [2, 5])
        let x = size.inputs().map { Parameter($0) }
        let y = Tensor.attention(query: x[0].value, key: x[1].value, value: x[2].value, options: options)
        expectClose(y.selected(0), Tensor.zeros([5, 8]), .exact)
        y.sum().backward()
        for parameter in x { expectClose(parameter.gradient?.selected(0) ?? .zeros([]), Tensor.zeros([5, 8]), .exact) }
    }

    private static let small = [
        AttentionSize(), AttentionSize(batch: 1, heads: 1, queries: 3, keys: 7, headSize: 5),
        AttentionSize(queries: 1, keys: 1),
    ]

    @Test("Gradients of query, key and value are right", arguments: small, [false, true])
    func gradients(size: AttentionSize, causal: Bool) {
        for hidden in [nil, -10_000, -Float.infinity] {
            let options = size.options(causal: causal, hidden: hidden)
            expectGradientsMatch(size.inputs()) {
                Tensor.attention(query: $0[0], key: $0[1], value: $0[2], options: options)
            }
        }
    }

    @Test("Gradients agree with those of the composition at larger sizes", arguments: AttentionSize.all, [false, true])
    func largeGradients(size: AttentionSize, causal: Bool) {
        let options = size.options(causal: causal, hidden: -10_000)
        let weights = numbers(size.inputs()[0].shape, seed: 8)
        func gradients(_ function: (Tensor, Tensor, Tensor) -> Tensor) -> [Tensor] {
            let x = size.inputs().map { Parameter($0) }
            function(x[0].value, x[1].value, x[2].value).backward(from: weights)
            return x.map { $0.gradient ?? .zeros([]) }
        }
        let fused = gradients { Tensor.attention(query: $0, key: $1, value: $2, options: options) }
        let plain = gradients { composed($0, $1, $2, options).output }
        // With one key, probabilities are constant and the gradients of query and key are rounding errors around zero.
        let scale = Double(plain[2].largestMagnitude())
        for (number, pair) in zip(fused, plain).enumerated() {
            let share = max(1e-5, 1e-6 * scale / max(Double(pair.1.largestMagnitude()), 1e-30))
            expectClose(pair.0, pair.1, .normalized(share), "input \(number)")
        }
    }

    @Test("Scores take part in a loss, alone and together with the output", arguments: [false, true])
    func scoreGradients(causal: Bool) {
        let size = AttentionSize(queries: 3, keys: 5), options = size.options(causal: causal)
        // Hidden scores are -infinity; a loss has to leave them out, as one on distillation does.
        let visible = (0..<15).map { !causal || $0 % 5 <= $0 / 5 + 2 }
        let mask = Tensor((0..<4).flatMap { _ in visible }, shape: [2, 2, 3, 5])
        let zero = Tensor(0)
        expectGradientsMatch(Array(size.inputs()[..<2])) { x in
            let scores = Tensor.attentionWithScores(query: x[0], key: x[1], value: x[1], options: options).scores
            return Tensor.where(mask, scores, zero).squared()
        }
        expectGradientsMatch(size.inputs()) { x in
            let both = Tensor.attentionWithScores(query: x[0], key: x[1], value: x[2], options: options)
            return both.output.squared().sum() + Tensor.where(mask, both.scores, zero).squared().sum()
        }
    }

    @Test("An output alone of both has the gradient of attention without scores")
    func unusedScores() {
        let size = AttentionSize()
        func gradients(_ function: ([Tensor]) -> Tensor) -> [Tensor] {
            let x = size.inputs().map { Parameter($0) }
            function(x.map(\.value)).sum().backward()
            return x.map { $0.gradient ?? .zeros([]) }
        }
        let plain = gradients { Tensor.attention(query: $0[0], key: $0[1], value: $0[2], options: size.options()) }
        let both = gradients {
            Tensor.attentionWithScores(query: $0[0], key: $0[1], value: $0[2], options: size.options()).output
        }
        for (plain, both) in zip(plain, both) { expectClose(both, plain, .exact) }
    }

    @Test("One tensor can be query, key and value")
    func selfAttention() {
        expectGradientsMatch([numbers([2, 5, 6])]) {
            Tensor.attention(query: $0[0], key: $0[0], value: $0[0], options: AttentionOptions(heads: 3))
        }
    }

    @Test("Widths that heads do not divide, and keys that do not fit, are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor.zeros([1, 2, 5])
            _ = Tensor.attention(query: x, key: x, value: x, options: AttentionOptions(heads: 2))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.attention(
                query: .zeros([1, 2, 4]), key: .zeros([2, 2, 4]), value: .zeros([2, 2, 4]),
                options: AttentionOptions(heads: 2))
        }
    }
}
