import LatheKernels

/// The keys and values of a sequence's tokens so far, so that generating the next token computes only what is new.
///
/// One cache serves one attention layer and one sequence. Its memory is taken once.
public final class KeyValueCache {
    /// How many tokens there is room for.
    public let capacity: Int
    /// The width of a token's key, and of its value.
    public let width: Int
    /// How many tokens are held.
    public private(set) var count = 0
    /// `[capacity, width]` each, of which the first `count` rows are written.
    private let keys: Tensor, values: Tensor

    public init(capacity: Int, width: Int) {
        precondition(capacity >= 0 && width >= 0, "a cache of \(capacity) tokens of width \(width)")
        self.capacity = capacity
        self.width = width
        keys = .longLivedZeros([capacity, width])
        values = .longLivedZeros([capacity, width])
    }

    /// Forgets all tokens.
    public func reset() { count = 0 }

    /// Forgets all but the first `newCount` tokens, of which there must be so many.
    public func truncate(to newCount: Int) {
        precondition((0...count).contains(newCount), "a cache of \(count) tokens cannot keep \(newCount)")
        count = newCount
    }

    fileprivate func append(_ inputs: AttentionInputs) {
        precondition(
            inputs.batch == 1 && inputs.queries == inputs.keys && inputs.width == width,
            "a cache of width \(width) takes [1, tokens, \(width)]")
        precondition(
            inputs.keys <= capacity - count,
            "a cache of \(capacity) tokens has room for \(capacity - count) more, not for \(inputs.keys)")
        inputs.withFirstToken(of: inputs.tensors) { _, key, value in
            withPointers(keys, values) { keys, values in
                for token in 0..<inputs.keys {
                    let source = token * inputs.stride, place = (count + token) * width
                    (keys + place).update(from: key + source, count: width)
                    (values + place).update(from: value + source, count: width)
                }
            }
        }
        count += inputs.keys
    }

    /// Attention of the last `inputs.queries` tokens held to all up to their own.
    fileprivate func attend(_ inputs: AttentionInputs, _ options: AttentionOptions) -> Tensor {
        let output = Tensor(uninitialized: [1, inputs.queries, width]), headSize = width / options.heads
        var args = lathe_attention_args()
        args.compute = (Execution.current.precision ?? options.precision).compute
        (args.batch, args.heads, args.head_size) = (1, Int64(options.heads), Int64(headSize))
        (args.queries, args.keys) = (Int64(inputs.queries), Int64(count))
        (args.q_stride, args.k_stride, args.v_stride, args.out_stride) = (
            Int64(inputs.stride), Int64(width), Int64(width), Int64(width)
        )
        args.causal = true
        args.scale = options.scale ?? 1 / Float(headSize).squareRoot()
        inputs.withFirstToken(of: inputs.tensors) { query, _, _ in
            withPointers(keys, values, output) { keys, values, output in
                (args.q, args.k, args.v) = (UnsafePointer(query), UnsafePointer(keys), UnsafePointer(values))
                args.out = output
                let size = lathe_attention_workspace(&args)
                withWorkspace(size) { check(lathe_attention(&args, $0, size), "attention to a cache") }
            }
        }
        return output
    }
}

extension Tensor {
    /// Appends the keys and values of new tokens to a cache, and attends causally: each new token sees all that the
    /// cache held, the new ones before it, and itself. For generation, without gradients, masks, `lengths` and dropout;
    /// it is causal whatever `options.isCausal` says.
    ///
    /// - Parameters:
    ///   - query: `[1, tokens, width]`, as `key` and `value`.
    ///   - key: `[1, tokens, width]`.
    ///   - value: `[1, tokens, width]`.
    ///   - cache: has room for the tokens.
    ///   - options: heads and scale.
    /// - Returns: `[1, tokens, width]`, the heads side by side.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, appendingTo cache: KeyValueCache, options: AttentionOptions
    ) -> Tensor {
        attention(AttentionInputs(query, key, value), appendingTo: cache, options)
    }

    /// As above, for `[1, tokens, 3 * width]` that holds query, key and value of each token side by side.
    public static func attention(queryKeyValue: Tensor, appendingTo cache: KeyValueCache, options: AttentionOptions)
        -> Tensor
    {
        attention(AttentionInputs(fused: queryKeyValue), appendingTo: cache, options)
    }

    private static func attention(
        _ inputs: AttentionInputs, appendingTo cache: KeyValueCache, _ options: AttentionOptions
    ) -> Tensor {
        precondition(
            !RecordedOperation.isRecording(inputs.tensors), "attention to a cache has no gradients; run it as inference"
        )
        precondition(
            inputs.width % options.heads == 0, "a width of \(inputs.width) does not split into \(options.heads) heads")
        precondition(
            options.keyMask == nil && options.lengths == nil && options.dropout == 0,
            "attention to a cache takes neither a key mask nor lengths nor dropout")
        cache.append(inputs)
        return cache.attend(inputs, options)
    }
}
