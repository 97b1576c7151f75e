import LatheNN
import LatheTensor

/// Sequences of tokens that a model takes at once.
public struct TokenBatch {
    /// int32, `[batch, tokens]`; of joined sequences `[1, total]`.
    public let ids: Tensor
    /// int32 of the same shape; nil for zeros.
    public let tokenTypes: Tensor?
    /// How the sequences share `ids`.
    public let layout: TokenLayout

    /// Sequences in rows of their own.
    /// - Parameters:
    ///   - ids: int32, `[batch, tokens]`.
    ///   - tokenTypes: int32 of the same shape; nil for zeros.
    ///   - keyMask: `[batch, tokens]`: 0 for a token, a large negative number or -infinity for padding; nil when
    ///     nothing is padded.
    public init(_ ids: Tensor, tokenTypes: Tensor? = nil, keyMask: Tensor? = nil) {
        self.ids = ids
        self.tokenTypes = tokenTypes
        layout = .padded(keyMask: keyMask)
    }

    /// Sequences one after the other, so that nothing is computed for padding.
    /// - Parameters:
    ///   - sequences: the ids of each, at least one.
    ///   - tokenTypes: as many of the same lengths; nil for zeros.
    public init(joining sequences: [[Int32]], tokenTypes: [[Int32]]? = nil) {
        let lengths = sequences.map(\.count)
        precondition(lengths.allSatisfy { $0 > 0 }, "a sequence of a batch has no tokens")
        precondition(
            tokenTypes.map { $0.map(\.count) == lengths } ?? true, "token types of other lengths than the sequences")
        let shape = [1, lengths.reduce(0, +)]
        ids = Tensor(Array(sequences.joined()), shape: shape)
        self.tokenTypes = tokenTypes.map { Tensor(Array($0.joined()), shape: shape) }
        layout = .joined(lengths: lengths)
    }

    /// How many sequences there are.
    public var count: Int {
        switch layout {
        case .padded: ids.shape[0]
        case .joined(let lengths): lengths.count
        }
    }

    /// The tokens of each sequence, padding included.
    var lengths: [Int] {
        switch layout {
        case .padded: [Int](repeating: ids.shape[1], count: ids.shape[0])
        case .joined(let lengths): lengths
        }
    }

    /// The tokens of the longest sequence, padding included.
    public var longest: Int { lengths.max() ?? 0 }

    /// The place of each token in its sequence, counted from 0: int32, `[tokens]` where all rows agree, else
    /// `[1, total]`.
    public var positions: Tensor {
        switch layout {
        case .padded: Tensor((0..<Int32(ids.shape[1])).map { $0 })
        case .joined(let lengths): Tensor(lengths.flatMap { 0..<Int32($0) }, shape: ids.shape)
        }
    }
}

extension Tensor {
    /// The first token of each sequence, `[sequences, hidden]`, of `[batch, tokens, hidden]`.
    public func firstTokens(_ layout: TokenLayout) -> Tensor {
        switch layout {
        case .padded: selected(0, axis: 1)
        case .joined(let lengths):
            reshaped([shape[1], shape[2]]).gathered(Tensor(TokenLayout.starts(of: lengths).map { Int32($0) }))
        }
    }
}
