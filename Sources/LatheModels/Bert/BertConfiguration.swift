/// The sizes of a BERT model, or of one of its family.
public struct BertConfiguration: Sendable, Hashable {
    public var family: BertFamily {
        didSet { encoder.names = family.layerNames }
    }
    public var encoder: EncoderConfiguration
    /// Rows of the word embedding.
    public var vocabularySize: Int
    /// Rows of the position embedding. RoBERTa's first positions are never used: its longest sequence is
    /// `longestSequence`.
    public var positionCount: Int
    /// Rows of the token-type (segment) embedding; DistilBERT has none.
    public var tokenTypeCount: Int
    /// The id of the padding token; its embedding is not trained.
    public var paddingToken: Int
    /// Outputs of the classifier.
    public var labelCount: Int
    /// Whether the head that guesses masked words computes with the word embedding's table.
    public var tiesEmbeddings = true
    /// Whether a model without head has a layer on the first token (the pooler). The weights decide; `config.json` does
    /// not say it.
    public var hasPooler: Bool
    /// Share of values dropped before the classifier in training; nil for the encoder's.
    public var classifierDropout: Float?

    /// BERT-base's shape (110 million parameters) unless told otherwise.
    public init(
        family: BertFamily = .bert,
        encoder: EncoderConfiguration = EncoderConfiguration(
            hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072),
        vocabularySize: Int = 30522, positionCount: Int = 512, tokenTypeCount: Int = 2, paddingToken: Int = 0,
        labelCount: Int = 2
    ) {
        self.family = family
        self.encoder = encoder
        self.encoder.names = family.layerNames
        self.vocabularySize = vocabularySize
        self.positionCount = positionCount
        self.tokenTypeCount = tokenTypeCount
        self.paddingToken = paddingToken
        self.labelCount = labelCount
        hasPooler = family != .distilBert
    }

    /// The position of a sequence's first token.
    var firstPosition: Int { family == .roberta ? paddingToken + 1 : 0 }
    /// The most tokens that have position embeddings.
    public var longestSequence: Int { positionCount - firstPosition }
}
