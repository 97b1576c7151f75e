import LatheNN
import LatheTensor

/// One layer of BERT's encoder (Devlin et al., arXiv:1810.04805): self-attention and a feed-forward network, each
/// followed by a residual sum and a layer normalisation. Names as in Hugging Face: BERT's, or those that the
/// configuration gives.
package final class EncoderLayer: Module {
    @Child("attention.self") package var attention: SelfAttention
    @Child("attention.output.dense") package var attentionOutput: Linear
    @Child("attention.output.LayerNorm") package var attentionNorm: LayerNorm
    @Child("intermediate.dense") package var intermediate: Linear
    @Child("output.dense") package var output: Linear
    @Child("output.LayerNorm") package var outputNorm: LayerNorm
    private let activation: Activation
    private let dropout: Dropout

    package init(_ configuration: EncoderConfiguration) {
        let (hidden, wide, names) = (configuration.hiddenSize, configuration.intermediateSize, configuration.names)
        activation = configuration.activation
        dropout = Dropout(rate: configuration.hiddenDropout)
        (_attention, _attentionOutput, _attentionNorm) = (
            Child(names.attention), Child(names.attentionOutput), Child(names.attentionNorm)
        )
        (_intermediate, _output, _outputNorm) = (
            Child(names.intermediate), Child(names.output), Child(names.outputNorm)
        )
        attention = SelfAttention(
            width: hidden, heads: configuration.headCount, dropout: configuration.attentionDropout,
            names: (names.query, names.key, names.value))
        attentionOutput = Linear(inputs: hidden, outputs: hidden)
        attentionNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        intermediate = Linear(inputs: hidden, outputs: wide)
        output = Linear(inputs: wide, outputs: hidden)
        outputNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
    }

    /// `[batch, tokens, hidden]` for the same.
    package func callAsFunction(_ hidden: Tensor, layout: TokenLayout = .full) -> Tensor {
        feedForward(attention(hidden, layout: layout), addingTo: hidden)
    }

    /// As above, and attention's scores (see `SelfAttention.withScores`).
    package func withScores(_ hidden: Tensor, layout: TokenLayout = .full) -> (hidden: Tensor, scores: Tensor) {
        let (context, scores) = attention.withScores(hidden, layout: layout)
        return (feedForward(context, addingTo: hidden), scores)
    }

    private func feedForward(_ context: Tensor, addingTo hidden: Tensor) -> Tensor {
        let attended = attentionNorm(attentionOutput(context, addingTo: hidden, dropout: dropout))
        let expanded = intermediate(attended, activation: activation)
        return outputNorm(output(expanded, addingTo: attended, dropout: dropout))
    }
}

extension Linear {
    /// `residual + dropout(self(input))`, in one pass when nothing is dropped.
    func callAsFunction(_ input: Tensor, addingTo residual: Tensor, dropout: Dropout) -> Tensor {
        dropout.isActive ? dropout(self(input)) + residual : self(input, residual: residual)
    }
}
