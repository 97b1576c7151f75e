import LatheNN
import LatheTensor

/// BERT without a task's head (Devlin et al., arXiv:1810.04805). Names as in Hugging Face's `BertModel`.
public final class BertModel: Module {
    @Child("embeddings") public var embeddings: BertEmbeddings
    @Child("encoder") public var encoder: Encoder
    @Child("pooler.dense") public var pooler: Linear

    /// A model with random weights.
    public init(_ configuration: BertConfiguration) {
        let width = configuration.encoder.hiddenSize
        embeddings = BertEmbeddings(configuration)
        encoder = Encoder(configuration.encoder)
        pooler = Linear(inputs: width, outputs: width)
        initialize(.normal(deviation: configuration.encoder.initializerRange))
    }

    /// - Parameters:
    ///   - ids: int32, `[batch, tokens]`.
    ///   - keyMask: `[batch, tokens]`, 0 for a token and a large negative number for padding.
    /// - Returns: the last hidden state `[batch, tokens, hidden]` and the pooled first token `[batch, hidden]`.
    public func callAsFunction(
        _ ids: Tensor, tokenTypes: Tensor? = nil, keyMask: Tensor? = nil
    ) -> (hidden: Tensor, pooled: Tensor) {
        let hidden = encoder(embeddings(ids, tokenTypes: tokenTypes), keyMask: keyMask)
        return (hidden, pooler(hidden.selected(0, axis: 1), activation: .tanh))
    }
}

/// BERT with a classifier on the pooled first token. Names as in Hugging Face's `BertForSequenceClassification`.
public final class BertForSequenceClassification: Module {
    @Child("bert") public var bert: BertModel
    @Child("classifier") public var classifier: Linear
    private let dropout: Dropout

    public init(_ configuration: BertConfiguration) {
        dropout = Dropout(rate: configuration.encoder.hiddenDropout)
        bert = BertModel(configuration)
        classifier = Linear(inputs: configuration.encoder.hiddenSize, outputs: configuration.labelCount)
        initialize(.normal(deviation: configuration.encoder.initializerRange))
    }

    /// Logits `[batch, labels]`; parameters as in `BertModel`.
    public func callAsFunction(_ ids: Tensor, tokenTypes: Tensor? = nil, keyMask: Tensor? = nil) -> Tensor {
        classifier(dropout(bert(ids, tokenTypes: tokenTypes, keyMask: keyMask).pooled))
    }
}
