import LatheTensor

/// What a forward pass keeps besides its result.
public struct CapturedOutputs: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The embeddings and the output of every layer.
    public static let hiddenStates = CapturedOutputs(rawValue: 1)
    /// The scores of every layer's attention, before the softmax.
    public static let attentionScores = CapturedOutputs(rawValue: 2)
}

/// What a transformer computes for the tokens of a batch.
public struct TransformerOutput {
    /// The last hidden state, `[batch, tokens, hidden]`.
    public var hidden: Tensor
    /// The first token of each sequence behind the pooler, `[sequences, hidden]`; nil for a model without one.
    public var pooled: Tensor?
    /// The embeddings and the output of each layer, `[batch, tokens, hidden]`; empty unless asked for.
    ///
    /// As in Hugging Face, GPT-2's last one is behind the final normalisation.
    public var hiddenStates: [Tensor] = []
    /// The scores of each layer's attention: scaled and masked, before the softmax. `[batch, heads, tokens, tokens]`;
    /// of joined sequences one flat tensor each (see `Tensor.attentionWithScores`). Empty unless asked for.
    public var attentionScores: [Tensor] = []

    /// - Parameter hidden: the last hidden state, `[batch, tokens, hidden]`.
    public init(hidden: Tensor) { self.hidden = hidden }
}
