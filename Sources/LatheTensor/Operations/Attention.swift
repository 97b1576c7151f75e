import LatheKernels

/// How attention is computed.
public struct AttentionOptions {
    /// The number of heads; each takes `width / heads` consecutive columns of query, key and value.
    public var heads: Int
    /// Added to the scores before the softmax: `[batch, keys]`, 0 for a visible key, a large negative number or -infinity for padding.
    public var keyMask: Tensor?
    /// Whether query i sees only keys up to its own position (counted from the end when there are more keys than queries).
    public var isCausal = false
    /// What scores are multiplied by; nil means `1 / sqrt(head size)`.
    public var scale: Float?
    /// The share of attention probabilities that is dropped.
    public var dropout: Float = 0

    public init(heads: Int) {
        self.heads = heads
    }
}

extension Tensor {
    /// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762), fused: the score matrix is never stored, and recomputed for the gradient.
    ///
    /// - Parameters:
    ///   - query: `[batch, queries, width]`.
    ///   - key: `[batch, keys, width]`.
    ///   - value: `[batch, keys, width]`.
    /// - Returns: `[batch, queries, width]`, the heads side by side.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> Tensor {
        fusedAttention(query, key, value, options, keepingScores: false, source)[0]
    }

    /// As `attention`, and the scores as well: scaled, masked, before the softmax, `[batch, heads, queries, keys]`. They can take part in a loss.
    public static func attentionWithScores(
        query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> (output: Tensor, scores: Tensor) {
        let outputs = fusedAttention(query, key, value, options, keepingScores: true, source)
        return (outputs[0], outputs[1])
    }

    private static func fusedAttention(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, _ options: AttentionOptions, keepingScores: Bool, _ source: RandomSource
    ) -> [Tensor] {
        let call = AttentionCall(query, key, value, options, source)
        let recording = RecordedOperation.isRecording([query, key, value])
        let output = Tensor(uninitialized: query.shape)
        let logSums = recording ? Tensor(uninitialized: [call.batch, call.heads, call.queries]) : nil
        let scores = keepingScores ? Tensor(uninitialized: [call.batch, call.heads, call.queries, call.keys]) : nil
        var args = call.arguments(query, key, value)
        args.out = output.floats
        args.logsumexp = logSums?.floats
        args.scores = scores?.floats
        let size = lathe_attention_workspace(&args)
        withWorkspace(size) { check(lathe_attention(&args, $0, size), "attention") }
        return RecordedOperation.record([query, key, value], outputs: [output] + (scores.map { [$0] } ?? [])) { gradients in
            guard let logSums else { preconditionFailure("attention was not recorded") }
            return call.gradients(
                query, key, value, output: output, logSums: logSums, gradient: gradients[0], scoreGradient: gradients.count > 1 ? gradients[1] : nil)
        }
    }
}

/// The sizes and options of one attention, shared by its forward and backward pass.
private struct AttentionCall {
    let options: AttentionOptions
    let batch: Int, queries: Int, keys: Int, width: Int
    let random: RandomSource.State
    let precision = Execution.current.precision
    var heads: Int { options.heads }

    init(_ query: Tensor, _ key: Tensor, _ value: Tensor, _ options: AttentionOptions, _ source: RandomSource) {
        precondition(query.rank == 3 && key.rank == 3, "attention takes [batch, tokens, width], got \(query.shape) and \(key.shape)")
        (batch, queries, width) = (query.shape[0], query.shape[1], query.shape[2])
        keys = key.shape[1]
        precondition(
            key.shape == [batch, keys, width] && value.shape == key.shape && width % options.heads == 0,
            "attention with \(options.heads) heads of query \(query.shape), key \(key.shape), value \(value.shape)")
        self.options = options
        let paddedKeys = (keys + 63) / 64 * 64
        random = options.dropout > 0 ? source.reserve(batch * options.heads * queries * paddedKeys) : RandomSource.State(seed: 0)
        if let mask = options.keyMask { precondition(mask.shape == [batch, keys], "attention mask \(mask.shape), keys \(key.shape)") }
    }

    func arguments(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> lathe_attention_args {
        var args = lathe_attention_args()
        args.compute = precision.compute
        (args.batch, args.heads, args.head_size) = (Int64(batch), Int64(heads), Int64(width / heads))
        (args.queries, args.keys) = (Int64(queries), Int64(keys))
        (args.q, args.k, args.v) = (UnsafePointer(query.floats), UnsafePointer(key.floats), UnsafePointer(value.floats))
        (args.q_stride, args.k_stride, args.v_stride, args.out_stride) = (Int64(width), Int64(width), Int64(width), Int64(width))
        args.key_mask = options.keyMask.map { UnsafePointer($0.floats) }
        args.causal = options.isCausal
        args.scale = options.scale ?? 1 / Float(width / heads).squareRoot()
        (args.dropout, args.seed, args.block) = (options.dropout, random.seed, random.block)
        return args
    }

    func gradients(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, output: Tensor, logSums: Tensor, gradient: Tensor?, scoreGradient: Tensor?
    ) -> [Tensor?] {
        let gradient = gradient ?? .zeros(output.shape)
        let dq = Tensor(uninitialized: query.shape), dk = Tensor(uninitialized: key.shape), dv = Tensor(uninitialized: value.shape)
        var args = lathe_attention_backward_args()
        args.forward = arguments(query, key, value)
        args.forward.out = output.floats
        args.forward.logsumexp = logSums.floats
        args.dout = UnsafePointer(gradient.floats)
        args.dscores = scoreGradient.map { UnsafePointer($0.floats) }
        (args.dq, args.dk, args.dv) = (dq.floats, dk.floats, dv.floats)
        (args.dout_stride, args.dq_stride, args.dk_stride, args.dv_stride) = (Int64(width), Int64(width), Int64(width), Int64(width))
        let size = lathe_attention_backward_workspace(&args)
        withWorkspace(size) { check(lathe_attention_backward(&args, $0, size), "attention gradient") }
        return [dq, dk, dv]
    }
}
