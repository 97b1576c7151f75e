import LatheNN
import LatheTensor

/// BERT, RoBERTa or DistilBERT with a classifier on the first token. Names as in Hugging Face's
/// `BertForSequenceClassification`, `RobertaForSequenceClassification`, `DistilBertForSequenceClassification`.
public final class BertForSequenceClassification: Module, SequenceClassifier {
    @Child("bert") public var bert: BertModel
    /// The layer before the classifier, where BERT has its pooler.
    @Child("pre_classifier") public var transform: Linear?
    @Child("classifier") public var classifier: Linear
    private let dropout: Dropout

    /// A model with random weights.
    public init(_ configuration: BertConfiguration) {
        let family = configuration.family, width = configuration.encoder.hiddenSize
        dropout = Dropout(rate: configuration.classifierDropout ?? configuration.encoder.hiddenDropout)
        _bert = Child(family.baseName)
        if family == .roberta { (_transform, _classifier) = (Child("classifier.dense"), Child("classifier.out_proj")) }
        bert = BertModel(configuration, hasPooler: family == .bert)
        transform = family == .bert ? nil : Linear(inputs: width, outputs: width)
        classifier = Linear(inputs: width, outputs: configuration.labelCount)
        initialize(.normal(deviation: configuration.encoder.initializerRange))
    }

    public var labelCount: Int { classifier.outputs }
    public var vocabularySize: Int { bert.configuration.vocabularySize }
    public var tokenTypeCount: Int? {
        bert.configuration.family.hasTokenTypes ? bert.configuration.tokenTypeCount : nil
    }
    public var longestSequence: Int { bert.configuration.longestSequence }

    /// Logits `[sequences, labels]`.
    public func callAsFunction(_ batch: TokenBatch) -> Tensor { self(batch, capturing: []).logits }

    /// Logits `[sequences, labels]`, and what the encoder computed on the way.
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let output = bert(batch, capturing: wanted)
        return (classifier(dropout(features(output, batch.layout))), output)
    }

    /// As above, for ids `[batch, tokens]` and so on; see `TokenBatch`.
    public func callAsFunction(_ ids: Tensor, tokenTypes: Tensor? = nil, keyMask: Tensor? = nil) -> Tensor {
        self(TokenBatch(ids, tokenTypes: tokenTypes, keyMask: keyMask))
    }

    /// What the classifier sees, `[sequences, hidden]`.
    private func features(_ output: TransformerOutput, _ layout: TokenLayout) -> Tensor {
        if let pooled = output.pooled { return pooled }
        let first = output.hidden.firstTokens(layout)
        guard let transform else { return first }
        return bert.configuration.family == .roberta
            ? transform(dropout(first), activation: .tanh) : transform(first, activation: .relu)
    }
}
