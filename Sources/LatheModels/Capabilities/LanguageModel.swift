import LatheTensor

/// A model that foretells the next token of a text.
public protocol LanguageModel: TokenTransformer {
    /// Logits `[batch, tokens, vocabulary]`.
    func callAsFunction(_ batch: TokenBatch) -> Tensor
    /// An empty memory for a text of up to `capacity` tokens.
    func makeCache(capacity: Int) -> [KeyValueCache]
    /// Logits `[tokens, vocabulary]` of `ids`, which go on where the text in `cache` ends; the cache has them too
    /// afterwards. Inference only.
    func callAsFunction(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor
    /// As above, but only the last token's logits, `[vocabulary]`.
    func lastLogits(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor
}
