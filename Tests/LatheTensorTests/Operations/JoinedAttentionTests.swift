import LatheTensor
import LatheTestFiles
import Testing

/// Sequences one after the other, and the same ones apart.
private struct JoinedSequences: CustomTestStringConvertible, Sendable {
    var lengths: [Int], heads = 2, headSize = 4
    var testDescription: String { "\(lengths), \(heads)×\(headSize)" }

    static let all = [
        JoinedSequences(lengths: [1]),
        JoinedSequences(lengths: [3, 1, 1, 5, 5, 5, 2]),
        JoinedSequences(lengths: [7, 7], heads: 3, headSize: 5),
        JoinedSequences(lengths: [17, 65, 3, 3], heads: 1, headSize: 16),
        // One that is computed alone, and small ones side by side.
        JoinedSequences(lengths: [30, 270, 31, 32], headSize: 32),
    ]

    var total: Int { lengths.reduce(0, +) }
    var width: Int { heads * headSize }
    /// The tokens of each sequence.
    var tokens: [Range<Int>] { lengths.indices.map { lengths[..<$0].reduce(0, +)..<lengths[...$0].reduce(0, +) } }
    /// The scores of each sequence.
    var scores: [Range<Int>] {
        let counts = lengths.map { heads * $0 * $0 }
        return counts.indices.map { counts[..<$0].reduce(0, +)..<counts[...$0].reduce(0, +) }
    }

    /// Query, key and value `[1, total, width]`.
    func inputs() -> [Tensor] { (1...3).map { numbers([1, total, width], seed: UInt64($0)) } }

    func options(causal: Bool = false, dropout: Float = 0, lengths: [Int]?) -> AttentionOptions {
        var options = AttentionOptions(heads: heads)
        (options.isCausal, options.dropout, options.lengths) = (causal, dropout, lengths)
        return options
    }
}

/// The rows `range` of `[1, tokens, width]`.
private func part(_ x: Tensor, _ range: Range<Int>) -> Tensor {
    x.selected(0).sliced(range).reshaped([1, range.count, -1])
}

/// `[1, tokens, 3 * width]` of three `[1, tokens, width]`.
private func fused(_ x: [Tensor]) -> Tensor { Tensor.concatenated(x, axis: 2) }

/// Output, scores and the gradients of the inputs, for given gradients of both.
private func results(
    _ inputs: [Tensor], _ options: AttentionOptions, _ gradient: Tensor, scores scoreGradient: Tensor,
    _ source: RandomSource
) -> [Tensor] {
    let x = inputs.map { Parameter($0) }
    let both =
        x.count == 3
        ? Tensor.attentionWithScores(
            query: x[0].value, key: x[1].value, value: x[2].value, options: options, from: source)
        : Tensor.attentionWithScores(queryKeyValue: x[0].value, options: options, from: source)
    // Hidden scores are -infinity, which a loss has to leave out.
    let visible = Tensor.where(
        Tensor(both.scores.floatArray.map(\.isFinite), shape: both.scores.shape), both.scores, Tensor(0))
    ((both.output * gradient).sum() + (visible * scoreGradient).sum()).backward()
    return [both.output.detached, both.scores.detached] + x.map { $0.gradient ?? .zeros([]) }
}

@Suite("Attention of joined sequences")
struct JoinedAttentionTests {
    private func checkAgainstParts(
        _ inputs: [Tensor], _ size: JoinedSequences, causal: Bool, dropout: Float = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let gradient = numbers([1, size.total, size.width], seed: 8),
            scoreGradient = numbers([size.scores.last?.upperBound ?? 0], seed: 9)
        let joined = results(
            inputs, size.options(causal: causal, dropout: dropout, lengths: size.lengths), gradient,
            scores: scoreGradient, RandomSource(seed: 5))
        let source = RandomSource(seed: 5)
        for (number, (tokens, scores)) in zip(size.tokens, size.scores).enumerated() {
            let shape = [1, size.heads, tokens.count, tokens.count]
            let single = results(
                inputs.map { part($0, tokens) }, size.options(causal: causal, dropout: dropout, lengths: nil),
                part(gradient, tokens),
                scores: scoreGradient.sliced(scores).reshaped(shape), source)
            let mine =
                [part(joined[0], tokens), joined[1].sliced(scores).reshaped(shape)]
                + joined[2...].map { part($0, tokens) }
            for (index, pair) in zip(mine, single).enumerated() {
                expectClose(
                    pair.0, pair.1, .exact, "sequence \(number), result \(index)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(
        "Output, scores and gradients are those of each sequence alone, bit for bit",
        .tags(.slow), .unlessQuick, arguments: JoinedSequences.all,
        [false, true])
    fileprivate func parts(_ size: JoinedSequences, causal: Bool) {
        checkAgainstParts(size.inputs(), size, causal: causal)
        checkAgainstParts([fused(size.inputs())], size, causal: causal)
    }

    @Test("The same in bf16", arguments: JoinedSequences.all)
    fileprivate func bfloat16(_ size: JoinedSequences) {
        withPrecision(.bfloat16) { checkAgainstParts(size.inputs(), size, causal: false) }
    }

    @Test("Dropout drops what it would drop in one sequence after the other", arguments: JoinedSequences.all)
    fileprivate func dropout(_ size: JoinedSequences) {
        checkAgainstParts(size.inputs(), size, causal: false, dropout: 0.4)
    }

    @Test("Visible tokens are those of a padded batch", arguments: [false, true])
    func padded(causal: Bool) {
        let size = JoinedSequences(lengths: [3, 1, 1, 5, 5, 5, 2]), longest = 5, count = size.lengths.count
        let x = size.inputs()
        func pad(_ x: Tensor) -> Tensor {
            let rows = size.tokens.map { tokens in
                Tensor.concatenated(
                    [x.selected(0).sliced(tokens), Tensor.zeros([longest - tokens.count, size.width])], axis: 0)
            }
            return Tensor.concatenated(rows, axis: 0).reshaped([count, longest, size.width])
        }
        var options = size.options(causal: causal, lengths: nil)
        options.keyMask = Tensor(
            size.lengths.flatMap { length in (0..<longest).map { $0 < length ? 0 : -Float.infinity } },
            shape: [count, longest])
        let joined = Tensor.attention(
            query: x[0], key: x[1], value: x[2], options: size.options(causal: causal, lengths: size.lengths))
        let padded = Tensor.attention(query: pad(x[0]), key: pad(x[1]), value: pad(x[2]), options: options)
        for (number, tokens) in size.tokens.enumerated() {
            expectClose(
                joined.selected(0).sliced(tokens), padded.selected(number).sliced(0..<tokens.count), .sum,
                "sequence \(number)")
        }
    }

    @Test("Gradients are right, with and without dropout", arguments: [false, true], [0, 0.4] as [Float])
    func gradients(causal: Bool, dropout: Float) {
        let size = JoinedSequences(lengths: [3, 1, 6, 6]),
            options = size.options(causal: causal, dropout: dropout, lengths: size.lengths)
        expectGradientsMatch(size.inputs()) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2], options: options, from: RandomSource(seed: 11))
        }
        expectGradientsMatch([fused(size.inputs())]) {
            Tensor.attention(queryKeyValue: $0[0], options: options, from: RandomSource(seed: 11))
        }
    }

    @Test("Scores of one tensor that holds query, key and value are those of three")
    func fusedScores() {
        let x = AttentionSize().inputs(), options = AttentionSize().options(causal: true, hidden: -10_000)
        let three = Tensor.attentionWithScores(query: x[0], key: x[1], value: x[2], options: options)
        let one = Tensor.attentionWithScores(queryKeyValue: fused(x), options: options)
        expectClose(one.output, three.output, .exact)
        expectClose(one.scores, three.scores, .exact)
    }

    @Test("Results do not depend on the number of threads")
    func threads() async {
        await #expect(processExitsWith: .success) {
            let size = JoinedSequences(lengths: [30, 2, 31, 31, 310, 33, 34, 35, 36], heads: 3, headSize: 16)
            func bits(_ threads: Int) -> [[UInt32]] {
                Kernels.threadCount = threads
                return results(
                    size.inputs(), size.options(dropout: 0.1, lengths: size.lengths),
                    numbers([1, size.total, size.width], seed: 8),
                    scores: numbers([size.scores.last?.upperBound ?? 0], seed: 9), RandomSource(seed: 5)
                ).map { $0.floatArray.map(\.bitPattern) }
            }
            let one = bits(1)
            #expect(one == bits(2))
            #expect(one == bits(5))
        }
    }

    @Test("Lengths that do not add up, empty sequences, and a mask besides are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { attend(lengths: [2, 2]) }
        await #expect(processExitsWith: .failure) { attend(lengths: [5, 0]) }
        await #expect(processExitsWith: .failure) { attend(lengths: [2, 3], mask: .zeros([1, 5])) }
        await #expect(processExitsWith: .success) { attend(lengths: [2, 3]) }
    }
}

/// Attention of five tokens.
private func attend(lengths: [Int], mask: Tensor? = nil) {
    var options = AttentionOptions(heads: 2)
    (options.lengths, options.keyMask) = (lengths, mask)
    let x = Tensor.zeros([1, 5, 4])
    _ = Tensor.attention(query: x, key: x, value: x, options: options)
}
