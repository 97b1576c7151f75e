import LatheNN
import LatheTensor

/// A model that predicts masked words.
public protocol MaskedLanguageModel: LayeredTransformer {
    /// The table of the tokens' vectors.
    var tokenEmbedding: Embedding { get }
    /// Logits `[batch, tokens, vocabulary]`.
    func callAsFunction(_ batch: TokenBatch) -> Tensor
    /// Logits `[sequences, vocabulary]` of one token of each sequence.
    /// - Parameters:
    ///   - batch: sequences of tokens.
    ///   - places: the token of each sequence, counted from 0 within it.
    func logits(_ batch: TokenBatch, at places: [Int]) -> Tensor
}
