import LatheKernels

/// One attention, for its forward and backward pass.
struct AttentionCall {
    /// Runs are small below this many multiply-adds of query and key: some 300 µs of a thread's forward pass.
    private static let smallProduct = 4 << 20

    private let inputs: AttentionInputs
    private let options: AttentionOptions
    private let runs: [AttentionRun]
    private let random: RandomSource.State
    private let precision: Precision

    init(_ inputs: AttentionInputs, _ options: AttentionOptions, _ source: RandomSource) {
        let shape = [inputs.batch, inputs.keys]
        precondition(
            inputs.width % options.heads == 0, "a width of \(inputs.width) does not split into \(options.heads) heads")
        if let mask = options.keyMask {
            precondition(mask.shape == shape, "attention mask \(mask.shape), [batch, keys] is \(shape)")
        }
        if let lengths = options.lengths { Self.validate(lengths, inputs, options) }
        self.inputs = inputs
        self.options = options
        precision = Execution.current.precision ?? options.precision
        runs = options.lengths.map { AttentionRun.runs(ofLengths: $0, heads: options.heads) } ?? [AttentionRun(inputs)]
        let blocks = runs.reduce(0) { $0 + $1.blockCount(options.heads) }
        random = options.dropout > 0 ? source.reserve(64 * blocks) : RandomSource.State(seed: 0)
    }

    private static func validate(_ lengths: [Int], _ inputs: AttentionInputs, _ options: AttentionOptions) {
        precondition(options.keyMask == nil, "attention takes a key mask or lengths, not both")
        precondition(
            inputs.batch == 1 && inputs.queries == inputs.keys,
            "attention with lengths takes [1, tokens, width], got a batch of \(inputs.batch), \(inputs.queries) queries and \(inputs.keys) keys"
        )
        precondition(
            lengths.allSatisfy { $0 >= 1 } && lengths.reduce(0, +) == inputs.queries,
            "attention with lengths: \(lengths) do not add up to \(inputs.queries) tokens")
    }

    /// Rows of the score matrices, of one query and head each.
    var rowCount: Int { runs.reduce(0) { $0 + $1.rowCount(options.heads) } }

    var scoreShape: [Int] {
        if options.lengths == nil { return [inputs.batch, options.heads, inputs.queries, inputs.keys] }
        return [runs.reduce(0) { $0 + $1.scoreCount(options.heads) }]
    }

    /// Computes the output, and what is asked for besides: the logarithms of the softmax's sums `[rowCount]`, the
    /// scores.
    func run(output: Tensor, logSums: Tensor?, scores: Tensor?) {
        withArguments(output: output, logSums: logSums, scores: scores) { whole in
            forEachRun { run, isAlone in
                var args = whole.part(run)
                let size = isAlone ? lathe_attention_workspace(&args) : lathe_attention_worker_workspace(&args)
                withWorkspace(size) { check(lathe_attention(&args, $0, size), "attention") }
            }
        }
    }

    /// The gradients of the inputs' tensors.
    func gradients(output: Tensor, logSums: Tensor, gradient: Tensor?, scoreGradient: Tensor?) -> [Tensor?] {
        let gradient = gradient ?? .zeros(output.shape)
        let results = inputs.tensors.map { Tensor(uninitialized: $0.shape) }
        withArguments(output: output, logSums: logSums) { forward in
            withBackwardArguments(forward, gradient, scoreGradient, into: results) { whole in
                forEachRun { run, isAlone in
                    var args = whole.part(run)
                    let size =
                        isAlone
                        ? lathe_attention_backward_workspace(&args) : lathe_attention_backward_worker_workspace(&args)
                    withWorkspace(size) { check(lathe_attention_backward(&args, $0, size), "attention gradient") }
                }
            }
        }
        return results
    }

    /// Calls `body` with every run: with large ones one after the other, alone on all threads, and with small ones side
    /// by side, each on one thread, since handing out their few heads would take as long as computing them.
    private func forEachRun(_ body: (AttentionRun, _ isAlone: Bool) -> Void) {
        let headSize = inputs.width / options.heads
        let small = runs.count > 1 ? runs.filter { $0.scoreCount(options.heads) * headSize < Self.smallProduct } : []
        for run in runs where small.isEmpty || run.scoreCount(options.heads) * headSize >= Self.smallProduct {
            body(run, true)
        }
        Parallel.forEach(small.count, grain: 1) { numbers in
            for number in numbers { body(small[number], false) }
        }
    }

    /// Calls `body` with the arguments of all runs together, which are valid until `body` returns.
    private func withArguments(
        output: Tensor, logSums: Tensor?, scores: Tensor? = nil, _ body: (lathe_attention_args) -> Void
    ) {
        var args = lathe_attention_args()
        let headSize = inputs.width / options.heads, stride = Int64(inputs.stride)
        args.compute = precision.compute
        (args.heads, args.head_size) = (Int64(options.heads), Int64(headSize))
        (args.q_stride, args.k_stride, args.v_stride, args.out_stride) = (stride, stride, stride, Int64(inputs.width))
        args.causal = options.isCausal
        args.scale = options.scale ?? 1 / Float(headSize).squareRoot()
        (args.dropout, args.seed, args.block) = (options.dropout, random.seed, random.block)
        inputs.withFirstToken(of: inputs.tensors) { query, key, value in
            (args.q, args.k, args.v) = (UnsafePointer(query), UnsafePointer(key), UnsafePointer(value))
            withPointers(options.keyMask, output, logSums, scores) { mask, output, logSums, scores in
                args.key_mask = UnsafePointer(mask)
                (args.out, args.logsumexp, args.scores) = (output, logSums, scores)
                body(args)
            }
        }
    }

    /// Calls `body` with the arguments of all backward runs together, which are valid until `body` returns.
    private func withBackwardArguments(
        _ forward: lathe_attention_args, _ gradient: Tensor, _ scoreGradient: Tensor?, into results: [Tensor],
        _ body: (lathe_attention_backward_args) -> Void
    ) {
        var args = lathe_attention_backward_args()
        args.forward = forward
        args.dout_stride = Int64(inputs.width)
        (args.dq_stride, args.dk_stride, args.dv_stride) = (forward.q_stride, forward.k_stride, forward.v_stride)
        inputs.withFirstToken(of: results) { query, key, value in
            (args.dq, args.dk, args.dv) = (query, key, value)
            withPointers(gradient, scoreGradient) { gradient, scoreGradient in
                (args.dout, args.dscores) = (UnsafePointer(gradient), UnsafePointer(scoreGradient))
                body(args)
            }
        }
    }
}

extension lathe_attention_args {
    /// The arguments of one run, given those of all runs together.
    fileprivate func part(_ run: AttentionRun) -> lathe_attention_args {
        var args = self
        (args.batch, args.queries, args.keys) = (Int64(run.batch), Int64(run.queries), Int64(run.keys))
        args.block += UInt64(run.block)
        args.q = q + run.token * Int(q_stride)
        args.k = k + run.token * Int(k_stride)
        args.v = v + run.token * Int(v_stride)
        args.out = out + run.token * Int(out_stride)
        args.logsumexp = logsumexp.map { $0 + run.row }
        args.scores = scores.map { $0 + run.score }
        return args
    }
}

extension lathe_attention_backward_args {
    /// The arguments of one run, given those of all runs together.
    fileprivate func part(_ run: AttentionRun) -> lathe_attention_backward_args {
        var args = self
        args.forward = forward.part(run)
        args.dout = dout + run.token * Int(dout_stride)
        args.dscores = dscores.map { $0 + run.score }
        args.dq = dq + run.token * Int(dq_stride)
        args.dk = dk + run.token * Int(dk_stride)
        args.dv = dv + run.token * Int(dv_stride)
        return args
    }
}
