import LatheTensor

/// The sizes of a GPT-2 model.
public struct GPT2Configuration: Sendable, Hashable {
    public var vocabularySize: Int
    /// The longest sequence that has position embeddings.
    public var positionCount: Int
    /// Values per token.
    public var hiddenSize: Int
    public var layerCount: Int
    public var headCount: Int
    /// Width of the feed-forward network between its two linear layers; nil for four times the hidden size.
    public var intermediateSize: Int?
    public var activation = Activation.geluTanh
    /// Whether the output layer shares the word embedding's weight.
    public var tiesEmbeddings = true
    public var embeddingDropout: Float = 0.1
    public var residualDropout: Float = 0.1
    public var attentionDropout: Float = 0.1
    public var layerNormEpsilon: Float = 1e-5
    /// Standard deviation of fresh weights.
    public var initializerRange: Float = 0.02

    /// GPT-2's smallest shape (124 million parameters) unless told otherwise.
    public init(
        vocabularySize: Int = 50257, positionCount: Int = 1024, hiddenSize: Int = 768, layerCount: Int = 12,
        headCount: Int = 12
    ) {
        self.vocabularySize = vocabularySize
        self.positionCount = positionCount
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
    }
}
