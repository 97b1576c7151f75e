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
    /// What the parts of a layer are called.
    package var names = EncoderLayerNames.bert

    public init(hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int) {
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.intermediateSize = intermediateSize
    }
}

/// The names of an encoder layer's parts in checkpoints, which are all that sets BERT's and DistilBERT's layers apart.
package struct EncoderLayerNames: Sendable, Hashable {
    var attention, query, key, value, attentionOutput, attentionNorm, intermediate, output, outputNorm: String

    /// As in Hugging Face's `BertLayer`, which RoBERTa shares.
    package static let bert = EncoderLayerNames(
        attention: "attention.self", query: "query", key: "key", value: "value",
        attentionOutput: "attention.output.dense",
        attentionNorm: "attention.output.LayerNorm", intermediate: "intermediate.dense", output: "output.dense",
        outputNorm: "output.LayerNorm")
    /// As in Hugging Face's DistilBERT `TransformerBlock`.
    package static let distilBert = EncoderLayerNames(
        attention: "attention", query: "q_lin", key: "k_lin", value: "v_lin", attentionOutput: "attention.out_lin",
        attentionNorm: "sa_layer_norm",
        intermediate: "ffn.lin1", output: "ffn.lin2", outputNorm: "output_layer_norm")
}

extension EncoderConfiguration {
    /// The parameters in the weights of all layers: four of attention, two of the feed-forward network.
    var parameterCount: Int { layerCount * (4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize) }

    /// A number that divides the rows of every layer's weight.
    var commonRowCount: Int { greatestCommonDivisor(hiddenSize, intermediateSize) }

    /// As many layers and heads, a value for each head.
    var smallest: EncoderConfiguration {
        var sizes = self
        (sizes.hiddenSize, sizes.intermediateSize) = (headCount, 1)
        return sizes
    }
}

func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : greatestCommonDivisor(right, left % right)
}
