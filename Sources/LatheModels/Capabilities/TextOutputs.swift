import LatheNN
import LatheTensor

/// The outputs of a network of texts, whatever its head: rows of numbers, one for each sequence or for each token.
public struct TextOutputs {
    /// The numbers of a row.
    public let width: Int
    /// Whether each token has a row, and not each sequence.
    public let hasRowsForTokens: Bool
    /// Whether the numbers of a row are logits of classes, or of tokens.
    public let areClasses: Bool
    /// The number of tokens that the network knows.
    public let vocabularySize: Int
    /// The most tokens a text may have.
    public let longestSequence: Int
    private let compute: (TokenBatch) -> Tensor

    /// - Returns: `nil` for a network that does not read texts.
    public init?(_ network: any Module) {
        switch network {
        case let network as any SequenceClassifier:
            (width, hasRowsForTokens, areClasses) = (network.labelCount, false, network.labelCount > 1)
            (vocabularySize, longestSequence) = (network.vocabularySize, network.longestSequence)
            compute = { network($0) }
        case let network as any LanguageModel:
            (width, hasRowsForTokens, areClasses) = (network.vocabularySize, true, true)
            (vocabularySize, longestSequence) = (network.vocabularySize, network.longestSequence)
            compute = { network($0) }
        case let network as any MaskedLanguageModel:
            (width, hasRowsForTokens, areClasses) = (network.vocabularySize, true, true)
            (vocabularySize, longestSequence) = (network.vocabularySize, network.longestSequence)
            compute = { network($0) }
        case let network as any TextEncoder:
            (width, hasRowsForTokens, areClasses) = (network.hiddenSize, true, false)
            (vocabularySize, longestSequence) = (network.vocabularySize, network.longestSequence)
            compute = { network.hiddenStates($0) }
        default: return nil
        }
    }

    /// `[sequences, width]` or `[batch, tokens, width]`.
    public func callAsFunction(_ batch: TokenBatch) -> Tensor { compute(batch) }
}
