/// How a text becomes tokens.
public struct TokenizerOptions: Sendable, Hashable {
    /// Which text of a pair is cut where both together are too long.
    public enum Truncation: String, Sendable, Hashable, CaseIterable {
        /// The longer one, and both equally once they are equally long.
        case longestFirst = "longest_first"
        /// The first one.
        case onlyFirst = "only_first"
        /// The second one.
        case onlySecond = "only_second"
    }

    /// An end of the text.
    public enum Side: String, Sendable, Hashable, CaseIterable {
        case left
        case right
    }

    /// How many tokens there may be, special ones included; nil for any number.
    public var maxLength: Int?
    /// Which text is cut.
    public var truncation: Truncation
    /// At which end it is cut.
    public var truncationSide: Side
    /// Whether the tokens are put around the texts that the model was trained with, such as `[CLS]` and `[SEP]`.
    public var addSpecialTokens: Bool

    /// Makes options: no limit, and special tokens, unless told otherwise.
    public init(
        maxLength: Int? = nil, truncation: Truncation = .longestFirst, truncationSide: Side = .right,
        addSpecialTokens: Bool = true
    ) {
        self.maxLength = maxLength
        self.truncation = truncation
        self.truncationSide = truncationSide
        self.addSpecialTokens = addSpecialTokens
    }
}

/// How the encodings of a batch are made equally long.
public enum TokenizerPadding: Sendable, Hashable {
    /// They are not.
    case none
    /// As long as the longest of the batch.
    case toLongest
    /// This long, or longer where an encoding is.
    case toLength(Int)
}
