/// Query, key and value: three tensors `[batch, tokens, width]`, or one `[batch, tokens, 3 * width]`.
struct AttentionInputs {
    let tensors: [Tensor]
    let batch: Int, queries: Int, keys: Int, width: Int
    /// Elements from one token to the next.
    let stride: Int

    init(_ query: Tensor, _ key: Tensor, _ value: Tensor) {
        precondition(
            query.rank == 3 && key.rank == 3,
            "attention takes [batch, tokens, width], got \(query.shape) and \(key.shape)")
        tensors = [query, key, value]
        (batch, queries, width, keys) = (query.shape[0], query.shape[1], query.shape[2], key.shape[1])
        stride = width
        precondition(
            key.shape == [batch, keys, width] && value.shape == key.shape,
            "attention of query \(query.shape), key \(key.shape), value \(value.shape)")
    }

    init(fused: Tensor) {
        precondition(
            fused.rank == 3 && fused.shape[2] % 3 == 0, "attention takes [batch, tokens, 3 * width], got \(fused.shape)"
        )
        tensors = [fused]
        (batch, queries, keys, stride) = (fused.shape[0], fused.shape[1], fused.shape[1], fused.shape[2])
        width = stride / 3
    }

    /// Calls `body` with the first query, key and value in `tensors`, or in tensors of the same shapes.
    func withFirstToken(
        of tensors: [Tensor],
        _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) {
        if tensors.count == 3 { return withPointers(tensors[0], tensors[1], tensors[2], body: body) }
        tensors[0].withPointer { body($0, $0 + width, $0 + 2 * width) }
    }
}

/// Sequences of one length that follow each other: what one kernel call computes.
struct AttentionRun {
    let batch: Int, queries: Int, keys: Int
    /// Where the run begins: its first token, its first row (of one query and head), its first score, and its first
    /// block of random numbers.
    private(set) var token = 0, row = 0, score = 0, block = 0

    /// The whole of `[batch, tokens, width]`.
    init(_ inputs: AttentionInputs) {
        (batch, queries, keys) = (inputs.batch, inputs.queries, inputs.keys)
    }

    private init(count: Int, length: Int, after last: AttentionRun?, heads: Int) {
        (batch, queries, keys) = (count, length, length)
        guard let last else { return }
        token = last.token + last.batch * last.queries
        row = last.row + last.rowCount(heads)
        score = last.score + last.scoreCount(heads)
        block = last.block + last.blockCount(heads)
    }

    /// The runs of sequences of these lengths.
    static func runs(ofLengths lengths: [Int], heads: Int) -> [AttentionRun] {
        var runs: [AttentionRun] = [], start = 0
        while start < lengths.count {
            let end = lengths[start...].firstIndex { $0 != lengths[start] } ?? lengths.count
            runs.append(AttentionRun(count: end - start, length: lengths[start], after: runs.last, heads: heads))
            start = end
        }
        return runs
    }

    func rowCount(_ heads: Int) -> Int { batch * heads * queries }
    func scoreCount(_ heads: Int) -> Int { rowCount(heads) * keys }
    /// Blocks of 64 random numbers, if dropout needs them: each row begins a new one (see `lathe_attention.h`).
    func blockCount(_ heads: Int) -> Int { rowCount(heads) * ((keys + 63) / 64) }
}
