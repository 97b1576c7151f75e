import LatheNN
import LatheTensor

/// The outputs of a network of texts, whatever its head: rows of numbers, one for each sequence or for each token.
package struct TextOutputs {
    /// The numbers of a row.
    package let width: Int
    /// Whether each token has a row, and not each sequence.
    package let hasRowsForTokens: Bool
    /// Whether the numbers of a row are logits of classes, or of tokens.
    package let areClasses: Bool
    /// The number of tokens that the network knows.
    package let vocabularySize: Int
    /// The most tokens a text may have.
    package let longestSequence: Int
    private let compute: (TokenBatch) -> Tensor

    /// - Returns: `nil` for a network that does not read texts.
    package init?(_ network: any Module) {
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
    package func callAsFunction(_ batch: TokenBatch) -> Tensor { compute(batch) }
}
