import LatheNN
import LatheTensor

/// One layer of GPT-2 (Radford et al., 2019): causal self-attention and a feed-forward network, each on a normalised input and added to it. Names as in
/// Hugging Face; its `Conv1D` layers are ordinary linear ones here, their weights `[out, in]`.
public final class GPT2Block: Module {
    @Child("ln_1") public var attentionNorm: LayerNorm
    /// Query, key and value side by side: `[3 * hidden, hidden]`.
    @Child("attn.c_attn") public var queryKeyValue: Linear
    @Child("attn.c_proj") public var attentionOutput: Linear
    @Child("ln_2") public var feedForwardNorm: LayerNorm
    @Child("mlp.c_fc") public var expansion: Linear
    @Child("mlp.c_proj") public var projection: Linear
    private let heads: Int
    private let attentionDropout: Float
    private let dropout: Dropout

    public init(_ configuration: GPT2Configuration) {
        let hidden = configuration.hiddenSize, wide = configuration.intermediateSize ?? 4 * hidden
        heads = configuration.headCount
        attentionDropout = configuration.attentionDropout
        dropout = Dropout(rate: configuration.residualDropout)
        attentionNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        queryKeyValue = Linear(inputs: hidden, outputs: 3 * hidden)
        attentionOutput = Linear(inputs: hidden, outputs: hidden)
        feedForwardNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        expansion = Linear(inputs: hidden, outputs: wide)
        projection = Linear(inputs: wide, outputs: hidden)
    }

    /// `[batch, tokens, hidden]` for the same, with `keyMask` (`[batch, tokens]`, see `AttentionOptions`) hiding padding.
    public func callAsFunction(_ hidden: Tensor, keyMask: Tensor? = nil) -> Tensor {
        var options = AttentionOptions(heads: heads)
        options.isCausal = true
        options.keyMask = keyMask
        options.dropout = Execution.current.isTraining ? attentionDropout : 0
        let context = Tensor.attention(queryKeyValue: queryKeyValue(attentionNorm(hidden)), options: options)
        let attended = attentionOutput(context, addingTo: hidden, dropout: dropout)
        return projection(expansion(feedForwardNorm(attended), activation: .geluTanh), addingTo: attended, dropout: dropout)
    }
}
