import LatheNN
import LatheTensor

/// BERT, RoBERTa or DistilBERT with the head that guesses masked words. Names as in Hugging Face's `BertForMaskedLM`,
/// `RobertaForMaskedLM`, `DistilBertForMaskedLM`.
public final class BertForMaskedLM: Module {
    @Child("bert") public var bert: BertModel
    @Child("cls.predictions.transform.dense") public var transform: Linear
    @Child("cls.predictions.transform.LayerNorm") public var norm: LayerNorm
    /// `[vocabulary, hidden]`, the word embedding's weight unless the configuration unties them, and a bias of its own.
    @Child("cls.predictions.decoder") public var decoder: Linear

    /// A model with random weights.
    public init(_ configuration: BertConfiguration) {
        let family = configuration.family, width = configuration.encoder.hiddenSize
        _bert = Child(family.baseName)
        switch family {
        case .bert: break
        case .roberta:
            (_transform, _norm, _decoder) = (
                Child("lm_head.dense"), Child("lm_head.layer_norm"), Child("lm_head.decoder")
            )
        case .distilBert:
            (_transform, _norm, _decoder) = (
                Child("vocab_transform"), Child("vocab_layer_norm"), Child("vocab_projector")
            )
        }
        bert = BertModel(configuration, hasPooler: false)
        transform = Linear(inputs: width, outputs: width)
        norm = LayerNorm(width: width, epsilon: configuration.encoder.layerNormEpsilon)
        decoder = Linear(inputs: width, outputs: configuration.vocabularySize)
        initialize(.normal(deviation: configuration.encoder.initializerRange))
        if configuration.tiesEmbeddings { decoder.weight = .dense(bert.embeddings.words.table) }
    }

    /// Logits `[batch, tokens, vocabulary]`.
    public func callAsFunction(_ batch: TokenBatch) -> Tensor { self(batch, capturing: []).logits }

    /// Logits `[batch, tokens, vocabulary]`, and what the encoder computed on the way.
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let output = bert(batch, capturing: wanted)
        return (logits(of: output.hidden), output)
    }

    /// Logits `[sequences, vocabulary]` of one token of each sequence; the head, which is most of a small model's work,
    /// runs for these alone.
    /// - Parameters:
    ///   - batch: sequences of tokens.
    ///   - places: the token of each sequence, counted from 0 within it.
    public func logits(_ batch: TokenBatch, at places: [Int]) -> Tensor {
        precondition(places.count == batch.count, "\(places.count) places for \(batch.count) sequences")
        let hidden = bert(batch).hidden, starts: [Int]
        switch batch.layout {
        case .padded: starts = places.indices.map { $0 * batch.ids.shape[1] }
        case .joined(let lengths): starts = TokenLayout.starts(of: lengths)
        }
        let tokens = Tensor(zip(starts, places).map { Int32($0 + $1) })
        return logits(of: hidden.reshaped([hidden.shape[0] * hidden.shape[1], hidden.shape[2]]).gathered(tokens))
    }

    private func logits(of hidden: Tensor) -> Tensor {
        let configuration = bert.configuration
        // RoBERTa's head has GELU whatever its encoder has.
        let activation = configuration.family == .roberta ? .gelu : configuration.encoder.activation
        return decoder(norm(transform(hidden, activation: activation)))
    }
}
