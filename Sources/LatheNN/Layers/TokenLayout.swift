import LatheTensor

/// How sequences of tokens share a tensor `[batch, tokens, …]`.
public enum TokenLayout {
    /// Each sequence has a row of its own, filled up to the longest. The mask, `[batch, tokens]`, is added to
    /// attention's scores: 0 for a token that is seen, a large negative number or -infinity for padding; nil when
    /// nothing is padded.
    case padded(keyMask: Tensor?)
    /// Sequences of these lengths stand one after the other in a single row, so that nothing is computed for padding:
    /// `[1, total, …]`.
    case joined(lengths: [Int])

    /// Rows of equally long sequences.
    public static var full: TokenLayout { .padded(keyMask: nil) }

    /// Where each sequence begins in the joined row.
    public static func starts(of lengths: [Int]) -> [Int] {
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return start
        }
    }
}

extension AttentionOptions {
    /// Options for attention within the sequences of `layout`.
    public init(heads: Int, layout: TokenLayout) {
        self.init(heads: heads)
        switch layout {
        case .padded(let mask): keyMask = mask
        case .joined(let lengths): self.lengths = lengths
        }
    }
}
