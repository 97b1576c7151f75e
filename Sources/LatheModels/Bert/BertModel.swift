import LatheNN
import LatheTensor

/// BERT, RoBERTa or DistilBERT without a task's head. Names as in Hugging Face's `BertModel`, `RobertaModel`,
/// `DistilBertModel`.
public final class BertModel: Module {
    @Child("embeddings") package var embeddings: BertEmbeddings
    @Child("encoder") package var encoder: Encoder
    /// What classifies sentences: a layer on the first token.
    @Child("pooler.dense") public var pooler: Linear?
    public let configuration: BertConfiguration

    /// A model with random weights.
    /// - Parameters:
    ///   - configuration: the sizes.
    ///   - hasPooler: whether the first token goes through a layer of its own, as in BERT.
    public init(_ configuration: BertConfiguration, hasPooler: Bool = true) {
        let width = configuration.encoder.hiddenSize
        self.configuration = configuration
        _encoder = Child(configuration.family.encoderName)
        embeddings = BertEmbeddings(configuration)
        encoder = Encoder(configuration.encoder)
        pooler = hasPooler ? Linear(inputs: width, outputs: width) : nil
        initialize(.normal(deviation: configuration.encoder.initializerRange))
    }

    /// The hidden state of every token, the pooled first one, and what else is `wanted`.
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs = []) -> TransformerOutput {
        var output = encoder(embeddings(batch), layout: batch.layout, capturing: wanted)
        output.pooled = pooler.map { $0(output.hidden.firstTokens(batch.layout), activation: .tanh) }
        return output
    }

    /// As above, for ids `[batch, tokens]` and so on; see `TokenBatch`.
    public func callAsFunction(_ ids: Tensor, tokenTypes: Tensor? = nil, keyMask: Tensor? = nil) -> TransformerOutput {
        self(TokenBatch(ids, tokenTypes: tokenTypes, keyMask: keyMask))
    }
}
