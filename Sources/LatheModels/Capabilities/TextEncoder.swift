import LatheTensor

/// A model that computes the hidden states of a text's tokens.
public protocol TextEncoder: LayeredTransformer {
    /// The last hidden states, `[batch, tokens, hidden]`.
    func hiddenStates(_ batch: TokenBatch) -> Tensor
}
