import LatheTensor

/// A model that says something about a whole text: its class, or a number.
public protocol SequenceClassifier: TokenTransformer {
    /// Outputs for each text: classes, or 1 for a number.
    var labelCount: Int { get }
    /// The number of token types it tells apart; nil where it ignores them.
    var tokenTypeCount: Int? { get }
    /// Logits `[sequences, labels]`.
    func callAsFunction(_ batch: TokenBatch) -> Tensor
}
