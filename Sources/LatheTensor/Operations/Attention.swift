/// How attention is computed.
public struct AttentionOptions {
    /// The number of heads; each takes `width / heads` consecutive columns of query, key and value.
    public var heads: Int
    /// Added to the scores before the softmax: `[batch, keys]`, 0 for a visible key, a large negative number or
    /// -infinity for padding.
    public var keyMask: Tensor?
    /// Inputs are `[1, total, width]` and hold sequences of these lengths one after the other; each sees only itself,
    /// and there is no `keyMask`. Unlike padding, this costs nothing for tokens that are not there. Nil for
    /// `[batch, tokens, width]`.
    public var lengths: [Int]?
    /// Whether query i sees only keys up to its own position (counted from the end when there are more keys than
    /// queries).
    public var isCausal = false
    /// What scores are multiplied by; nil means `1 / sqrt(head size)`.
    public var scale: Float?
    /// The share of attention probabilities that is dropped.
    public var dropout: Float = 0
    /// The arithmetic of the products with keys and values, unless `withPrecision` names another.
    public var precision = Precision.float32

    public init(heads: Int) {
        self.heads = heads
    }
}

extension Tensor {
    /// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762), fused: the score matrix is never stored, and
    /// recomputed for the gradient.
    ///
    /// - Parameters:
    ///   - query: `[batch, queries, width]`.
    ///   - key: `[batch, keys, width]`.
    ///   - value: `[batch, keys, width]`.
    ///   - options: heads, mask, dropout and layout.
    ///   - source: the random numbers of dropout.
    /// - Returns: `[batch, queries, width]`, the heads side by side.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> Tensor {
        attention(AttentionInputs(query, key, value), options, keepingScores: false, source)[0]
    }

    /// As above, for `[batch, tokens, 3 * width]` that holds query, key and value of each token side by side, as
    /// GPT-2's `c_attn` makes them. Nothing is copied apart.
    public static func attention(
        queryKeyValue: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> Tensor {
        attention(AttentionInputs(fused: queryKeyValue), options, keepingScores: false, source)[0]
    }

    /// As `attention`, and the scores as well: scaled, masked, before the softmax, `[batch, heads, queries, keys]`;
    /// -infinity where a query does not see a key. They can take part in a loss.
    ///
    /// With `lengths`, the scores are one flat tensor `[heads * sum of length²]`: sequence by sequence, each
    /// `[heads, length, length]`.
    public static func attentionWithScores(
        query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> (output: Tensor, scores: Tensor) {
        let outputs = attention(AttentionInputs(query, key, value), options, keepingScores: true, source)
        return (outputs[0], outputs[1])
    }

    /// As above, for `[batch, tokens, 3 * width]` that holds query, key and value of each token side by side.
    public static func attentionWithScores(
        queryKeyValue: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> (output: Tensor, scores: Tensor) {
        let outputs = attention(AttentionInputs(fused: queryKeyValue), options, keepingScores: true, source)
        return (outputs[0], outputs[1])
    }

    private static func attention(
        _ inputs: AttentionInputs, _ options: AttentionOptions, keepingScores: Bool, _ source: RandomSource
    ) -> [Tensor] {
        let call = AttentionCall(inputs, options, source)
        let output = Tensor(uninitialized: [inputs.batch, inputs.queries, inputs.width])
        let logSums = RecordedOperation.isRecording(inputs.tensors) ? Tensor(uninitialized: [call.rowCount]) : nil
        let scores = keepingScores ? Tensor(uninitialized: call.scoreShape) : nil
        call.run(output: output, logSums: logSums, scores: scores)
        return RecordedOperation.record(inputs.tensors, outputs: [output] + (scores.map { [$0] } ?? [])) { gradients in
            guard let logSums else { preconditionFailure("attention was not recorded") }
            return call.gradients(
                output: output, logSums: logSums, gradient: gradients[0],
                scoreGradient: gradients.count > 1 ? gradients[1] : nil)
        }
    }
}
