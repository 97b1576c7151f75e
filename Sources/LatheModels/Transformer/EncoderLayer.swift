import LatheNN
import LatheTensor

/// The sizes of a transformer encoder.
public struct EncoderConfiguration: Sendable, Hashable {
    /// Values per token.
    public var hiddenSize: Int
    public var layerCount: Int
    public var headCount: Int
    /// Width of the feed-forward network between its two linear layers.
    public var intermediateSize: Int
    public var activation: Activation = .gelu
    /// Share of values dropped after embeddings and sub-layers in training.
    public var hiddenDropout: Float = 0.1
    /// Share of attention probabilities dropped in training.
    public var attentionDropout: Float = 0.1
    public var layerNormEpsilon: Float = 1e-12
    /// Standard deviation of fresh weights.
    public var initializerRange: Float = 0.02

    public init(hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int) {
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.intermediateSize = intermediateSize
    }
}

/// One layer of BERT's encoder (Devlin et al., arXiv:1810.04805): self-attention and a feed-forward network, each followed by a residual sum and a
/// layer normalisation. Names as in Hugging Face.
public final class EncoderLayer: Module {
    @Child("attention.self") public var attention: SelfAttention
    @Child("attention.output.dense") public var attentionOutput: Linear
    @Child("attention.output.LayerNorm") public var attentionNorm: LayerNorm
    @Child("intermediate.dense") public var intermediate: Linear
    @Child("output.dense") public var output: Linear
    @Child("output.LayerNorm") public var outputNorm: LayerNorm
    private let activation: Activation
    private let dropout: Dropout

    public init(_ configuration: EncoderConfiguration) {
        let (hidden, wide) = (configuration.hiddenSize, configuration.intermediateSize)
        activation = configuration.activation
        dropout = Dropout(rate: configuration.hiddenDropout)
        attention = SelfAttention(width: hidden, heads: configuration.headCount, dropout: configuration.attentionDropout)
        attentionOutput = Linear(inputs: hidden, outputs: hidden)
        attentionNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
        intermediate = Linear(inputs: hidden, outputs: wide)
        output = Linear(inputs: wide, outputs: hidden)
        outputNorm = LayerNorm(width: hidden, epsilon: configuration.layerNormEpsilon)
    }

    /// `[batch, tokens, hidden]` for the same, with `keyMask` (`[batch, tokens]`, see `AttentionOptions`) hiding padding.
    public func callAsFunction(_ hidden: Tensor, keyMask: Tensor? = nil) -> Tensor {
        let context = attention(hidden, keyMask: keyMask)
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
