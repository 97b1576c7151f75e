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
        forEachRun { run, isAlone in
            var args = arguments(run, output: output, logSums: logSums)
            args.scores = scores.map { $0.floats + run.score }
            let size = isAlone ? lathe_attention_workspace(&args) : lathe_attention_worker_workspace(&args)
            withWorkspace(size) { check(lathe_attention(&args, $0, size), "attention") }
        }
    }

    /// The gradients of the inputs' tensors.
    func gradients(output: Tensor, logSums: Tensor, gradient: Tensor?, scoreGradient: Tensor?) -> [Tensor?] {
        let gradient = gradient ?? .zeros(output.shape), stride = Int64(inputs.stride), width = Int64(inputs.width)
        let results = inputs.tensors.map { Tensor(uninitialized: $0.shape) }
        forEachRun { run, isAlone in
            var args = lathe_attention_backward_args()
            args.forward = arguments(run, output: output, logSums: logSums)
            args.dout = UnsafePointer(gradient.floats + run.token * inputs.width)
            args.dscores = scoreGradient.map { UnsafePointer($0.floats + run.score) }
            (args.dq, args.dk, args.dv) = inputs.addresses(in: results, token: run.token)
            (args.dout_stride, args.dq_stride, args.dk_stride, args.dv_stride) = (width, stride, stride, stride)
            let size =
                isAlone ? lathe_attention_backward_workspace(&args) : lathe_attention_backward_worker_workspace(&args)
            withWorkspace(size) { check(lathe_attention_backward(&args, $0, size), "attention gradient") }
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

    private func arguments(_ run: AttentionRun, output: Tensor, logSums: Tensor?) -> lathe_attention_args {
        var args = lathe_attention_args()
        let headSize = inputs.width / options.heads, stride = Int64(inputs.stride)
        args.compute = precision.compute
        (args.batch, args.heads, args.head_size) = (Int64(run.batch), Int64(options.heads), Int64(headSize))
        (args.queries, args.keys) = (Int64(run.queries), Int64(run.keys))
        let (query, key, value) = inputs.addresses(in: inputs.tensors, token: run.token)
        (args.q, args.k, args.v) = (UnsafePointer(query), UnsafePointer(key), UnsafePointer(value))
        (args.q_stride, args.k_stride, args.v_stride, args.out_stride) = (stride, stride, stride, Int64(inputs.width))
        args.key_mask = options.keyMask.map { UnsafePointer($0.floats) }
        args.causal = options.isCausal
        args.scale = options.scale ?? 1 / Float(headSize).squareRoot()
        (args.dropout, args.seed, args.block) = (options.dropout, random.seed, random.block + UInt64(run.block))
        args.out = output.floats + run.token * inputs.width
        args.logsumexp = logSums.map { $0.floats + run.row }
        return args
    }
}
