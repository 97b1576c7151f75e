import LatheNN
import LatheTensor

/// One layer of GPT-2 (Radford et al., 2019): causal self-attention and a feed-forward network, each on a normalised
/// input and added to it. Names as in Hugging Face; its `Conv1D` layers are ordinary linear ones here, their weights
/// `[out, in]`.
package final class GPT2Block: Module {
    @Child("ln_1") package var attentionNorm: LayerNorm
    /// Query, key and value side by side: `[3 * hidden, hidden]`.
    @Child("attn.c_attn") package var queryKeyValue: Linear
    @Child("attn.c_proj") package var attentionOutput: Linear
    @Child("ln_2") package var feedForwardNorm: LayerNorm
    @Child("mlp.c_fc") package var expansion: Linear
    @Child("mlp.c_proj") package var projection: Linear
    /// The number of heads; each takes as many consecutive values of query, key and value.
    package var heads: Int
    private let activation: Activation
    private let attentionDropout: Float
    private let dropout: Dropout

    package init(_ configuration: GPT2Configuration) {
        let hidden = configuration.hiddenSize, wide = configuration.intermediateSize ?? 4 * hidden
        heads = configuration.headCount
        activation = configuration.activation
        attentionDropout = configuration.attentionDropout
        dropout = Dropout(rate: configuration.residualDropout)
        attentionNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        queryKeyValue = Linear(inputs: hidden, outputs: 3 * hidden)
        attentionOutput = Linear(inputs: hidden, outputs: hidden)
        feedForwardNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        expansion = Linear(inputs: hidden, outputs: wide)
        projection = Linear(inputs: wide, outputs: hidden)
    }

    /// `[batch, tokens, hidden]` for the same.
    package func callAsFunction(_ hidden: Tensor, layout: TokenLayout = .full) -> Tensor {
        feedForward(
            .attention(queryKeyValue: queryKeyValue(attentionNorm(hidden)), options: options(layout)), addingTo: hidden)
    }

    /// As above, and attention's scores (see `Tensor.attentionWithScores`).
    package func withScores(_ hidden: Tensor, layout: TokenLayout = .full) -> (hidden: Tensor, scores: Tensor) {
        let (context, scores) = Tensor.attentionWithScores(
            queryKeyValue: queryKeyValue(attentionNorm(hidden)), options: options(layout))
        return (feedForward(context, addingTo: hidden), scores)
    }

    /// `[1, tokens, hidden]` for the same, which go on where the text in `cache` ends.
    func callAsFunction(_ hidden: Tensor, continuing cache: KeyValueCache) -> Tensor {
        let context = Tensor.attention(
            queryKeyValue: queryKeyValue(attentionNorm(hidden)), appendingTo: cache, options: options(.full))
        return feedForward(context, addingTo: hidden)
    }

    private func options(_ layout: TokenLayout) -> AttentionOptions {
        var options = AttentionOptions(heads: heads, layout: layout)
        options.isCausal = true
        options.precision = queryKeyValue.attentionPrecision
        options.dropout = Execution.current.isTraining ? attentionDropout : 0
        return options
    }

    private func feedForward(_ context: Tensor, addingTo hidden: Tensor) -> Tensor {
        let attended = attentionOutput(context, addingTo: hidden, dropout: dropout)
        return projection(
            expansion(feedForwardNorm(attended), activation: activation), addingTo: attended, dropout: dropout)
    }
}
