import LatheNN
import LatheTensor

/// A model that says something about a whole text: its class, or a number.
public protocol SequenceClassifier: Module {
    /// Outputs for each text: classes, or 1 for a number.
    var labelCount: Int { get }
    /// The number of tokens it knows.
    var vocabularySize: Int { get }
    /// The number of token types it tells apart; nil where it ignores them.
    var tokenTypeCount: Int? { get }
    /// The most tokens a text may have.
    var longestSequence: Int { get }
    /// Logits `[sequences, labels]`.
    func callAsFunction(_ batch: TokenBatch) -> Tensor
    /// Logits `[sequences, labels]`, and what the encoder computed on the way.
    func callAsFunction(_ batch: TokenBatch, keeping wanted: KeptOutputs) -> (logits: Tensor, encoder: TransformerOutput)
}
