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
        attention(AttentionInputs(query, key, value), options, keepingScores: false, source)[0]
    }

    /// As above, for `[batch, tokens, 3 * width]` that holds query, key and value of each token side by side, as GPT-2's `c_attn` makes them. Nothing is
    /// copied apart.
    public static func attention(
        queryKeyValue: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> Tensor {
        attention(AttentionInputs(fused: queryKeyValue), options, keepingScores: false, source)[0]
    }

    /// As `attention`, and the scores as well: scaled, masked, before the softmax, `[batch, heads, queries, keys]`. They can take part in a loss.
    public static func attentionWithScores(
        query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions, from source: RandomSource = .current
    ) -> (output: Tensor, scores: Tensor) {
        let outputs = attention(AttentionInputs(query, key, value), options, keepingScores: true, source)
        return (outputs[0], outputs[1])
    }

    private static func attention(
        _ inputs: AttentionInputs, _ options: AttentionOptions, keepingScores: Bool, _ source: RandomSource
    ) -> [Tensor] {
        let call = AttentionCall(inputs, options, source)
        let output = Tensor(uninitialized: [inputs.batch, inputs.queries, inputs.width])
        let rows = [inputs.batch, options.heads, inputs.queries]
        let logSums = RecordedOperation.isRecording(inputs.tensors) ? Tensor(uninitialized: rows) : nil
        let scores = keepingScores ? Tensor(uninitialized: rows + [inputs.keys]) : nil
        var args = call.arguments
        args.out = output.floats
        args.logsumexp = logSums?.floats
        args.scores = scores?.floats
        let size = lathe_attention_workspace(&args)
        withWorkspace(size) { check(lathe_attention(&args, $0, size), "attention") }
        return RecordedOperation.record(inputs.tensors, outputs: [output] + (scores.map { [$0] } ?? [])) { gradients in
            guard let logSums else { preconditionFailure("attention was not recorded") }
            return call.gradients(
                output: output, logSums: logSums, gradient: gradients[0], scoreGradient: gradients.count > 1 ? gradients[1] : nil)
        }
    }
}

/// Query, key and value: three tensors `[batch, tokens, width]`, or one `[batch, tokens, 3 * width]`.
private struct AttentionInputs {
    let tensors: [Tensor]
    let batch: Int, queries: Int, keys: Int, width: Int
    /// Elements from one token to the next.
    let stride: Int

    init(_ query: Tensor, _ key: Tensor, _ value: Tensor) {
        precondition(query.rank == 3 && key.rank == 3, "attention takes [batch, tokens, width], got \(query.shape) and \(key.shape)")
        tensors = [query, key, value]
        (batch, queries, width, keys) = (query.shape[0], query.shape[1], query.shape[2], key.shape[1])
        stride = width
        precondition(
            key.shape == [batch, keys, width] && value.shape == key.shape,
            "attention of query \(query.shape), key \(key.shape), value \(value.shape)")
    }

    init(fused: Tensor) {
        precondition(fused.rank == 3 && fused.shape[2] % 3 == 0, "attention takes [batch, tokens, 3 * width], got \(fused.shape)")
        tensors = [fused]
        (batch, queries, keys, stride) = (fused.shape[0], fused.shape[1], fused.shape[1], fused.shape[2])
        width = stride / 3
    }

    /// Where query, key and value begin in `tensors`, or in tensors of the same shapes.
    func addresses(in tensors: [Tensor]) -> (query: UnsafeMutablePointer<Float>, key: UnsafeMutablePointer<Float>, value: UnsafeMutablePointer<Float>) {
        if tensors.count == 3 { return (tensors[0].floats, tensors[1].floats, tensors[2].floats) }
        let start = tensors[0].floats
        return (start, start + width, start + 2 * width)
    }
}

/// One attention, for its forward and backward pass.
private struct AttentionCall {
    let inputs: AttentionInputs
    let options: AttentionOptions
    let random: RandomSource.State
    let precision = Execution.current.precision

    init(_ inputs: AttentionInputs, _ options: AttentionOptions, _ source: RandomSource) {
        let shape = [inputs.batch, inputs.keys]
        precondition(inputs.width % options.heads == 0, "a width of \(inputs.width) does not split into \(options.heads) heads")
        if let mask = options.keyMask { precondition(mask.shape == shape, "attention mask \(mask.shape), [batch, keys] is \(shape)") }
        self.inputs = inputs
        self.options = options
        let paddedKeys = (inputs.keys + 63) / 64 * 64
        let count = inputs.batch * options.heads * inputs.queries * paddedKeys
        random = options.dropout > 0 ? source.reserve(count) : RandomSource.State(seed: 0)
    }

    /// The sizes, inputs and options; the outputs are to be added.
    var arguments: lathe_attention_args {
        var args = lathe_attention_args()
        let headSize = inputs.width / options.heads, stride = Int64(inputs.stride)
        args.compute = precision.compute
        (args.batch, args.heads, args.head_size) = (Int64(inputs.batch), Int64(options.heads), Int64(headSize))
        (args.queries, args.keys) = (Int64(inputs.queries), Int64(inputs.keys))
        let (query, key, value) = inputs.addresses(in: inputs.tensors)
        (args.q, args.k, args.v) = (UnsafePointer(query), UnsafePointer(key), UnsafePointer(value))
        (args.q_stride, args.k_stride, args.v_stride, args.out_stride) = (stride, stride, stride, Int64(inputs.width))
        args.key_mask = options.keyMask.map { UnsafePointer($0.floats) }
        args.causal = options.isCausal
        args.scale = options.scale ?? 1 / Float(headSize).squareRoot()
        (args.dropout, args.seed, args.block) = (options.dropout, random.seed, random.block)
        return args
    }

    /// The gradients of the inputs' tensors.
    func gradients(output: Tensor, logSums: Tensor, gradient: Tensor?, scoreGradient: Tensor?) -> [Tensor?] {
        let gradient = gradient ?? .zeros(output.shape), stride = Int64(inputs.stride)
        let results = inputs.tensors.map { Tensor(uninitialized: $0.shape) }
        var args = lathe_attention_backward_args()
        args.forward = arguments
        args.forward.out = output.floats
        args.forward.logsumexp = logSums.floats
        args.dout = UnsafePointer(gradient.floats)
        args.dscores = scoreGradient.map { UnsafePointer($0.floats) }
        (args.dq, args.dk, args.dv) = inputs.addresses(in: results)
        (args.dout_stride, args.dq_stride, args.dk_stride, args.dv_stride) = (Int64(inputs.width), stride, stride, stride)
        let size = lathe_attention_backward_workspace(&args)
        withWorkspace(size) { check(lathe_attention_backward(&args, $0, size), "attention gradient") }
        return results
    }
}
