import LatheTensor

/// The sizes of a BERT model.
public struct BertConfiguration: Sendable, Hashable {
    public var encoder: EncoderConfiguration
    /// Rows of the word embedding.
    public var vocabularySize: Int
    /// The longest sequence that has position embeddings.
    public var positionCount: Int
    /// Rows of the token-type (segment) embedding.
    public var tokenTypeCount: Int
    /// The id of the padding token; its embedding is not trained.
    public var paddingToken: Int
    /// Outputs of the classifier.
    public var labelCount: Int

    /// BERT-base's shape (110 million parameters) unless told otherwise.
    public init(
        encoder: EncoderConfiguration = EncoderConfiguration(hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072),
        vocabularySize: Int = 30522, positionCount: Int = 512, tokenTypeCount: Int = 2, paddingToken: Int = 0, labelCount: Int = 2
    ) {
        self.encoder = encoder
        self.vocabularySize = vocabularySize
        self.positionCount = positionCount
        self.tokenTypeCount = tokenTypeCount
        self.paddingToken = paddingToken
        self.labelCount = labelCount
    }
}
