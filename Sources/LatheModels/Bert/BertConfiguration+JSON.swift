import LatheFiles
import LatheTensor

extension BertConfiguration {
    /// Reads the fields of a `config.json`, which DistilBERT names in its own way. Defaults are those of
    /// `transformers`.
    init(_ family: BertFamily, _ fields: JSONFields, labelCount: Int) {
        let names = BertFieldNames(family)
        var encoder = EncoderConfiguration(
            hiddenSize: fields.integer(names.hiddenSize, in: 1...65536, default: 768),
            layerCount: fields.integer(names.layerCount, in: 1...1024, default: family == .distilBert ? 6 : 12),
            headCount: fields.integer(names.headCount, in: 1...1024, default: 12),
            intermediateSize: fields.integer(names.intermediateSize, in: 1...1_048_576, default: 3072))
        if encoder.hiddenSize % encoder.headCount != 0 {
            fields.report(
                names.headCount,
                "expected a divisor of \(names.hiddenSize) = \(encoder.hiddenSize), got \(encoder.headCount)")
        }
        encoder.activation = fields.choice(names.activation, Activation.huggingFaceNames, default: .gelu)
        encoder.hiddenDropout = Float(fields.number(names.hiddenDropout, in: 0...0.999, default: 0.1))
        encoder.attentionDropout = Float(fields.number(names.attentionDropout, in: 0...0.999, default: 0.1))
        // DistilBERT's is fixed, whatever a file says.
        if family != .distilBert {
            encoder.layerNormEpsilon = Float(fields.number("layer_norm_eps", in: 0...1, default: 1e-12))
        }
        encoder.initializerRange = Float(fields.number("initializer_range", in: 0...100, default: 0.02))
        for key in ["is_decoder", "add_cross_attention"] where fields.bool(key, default: false) {
            fields.report(key, "decoders are not supported; Lathe opens encoders, and GPT-2")
        }
        if let kind = fields["position_embedding_type"], kind != "absolute" {
            fields.report("position_embedding_type", "only absolute positions are supported, got \(kind.text())")
        }
        self.init(
            family: family, encoder: encoder,
            vocabularySize: fields.integer(
                "vocab_size", in: 1...16_777_216, default: family == .roberta ? 50265 : 30522),
            positionCount: fields.integer("max_position_embeddings", in: 1...1_048_576, default: 512),
            tokenTypeCount: family.hasTokenTypes ? fields.integer("type_vocab_size", in: 1...65536, default: 2) : 1,
            paddingToken: fields.integer("pad_token_id", in: 0...16_777_215, default: family == .roberta ? 1 : 0),
            labelCount: labelCount)
        if paddingToken >= vocabularySize {
            fields.report("pad_token_id", "expected an id below vocab_size = \(vocabularySize), got \(paddingToken)")
        }
        if longestSequence < 1 {
            fields.report("max_position_embeddings", "expected more than \(firstPosition), got \(positionCount)")
        }
        tiesEmbeddings = fields.bool("tie_word_embeddings", default: true)
        if fields[names.classifierDropout] != nil {
            classifierDropout = Float(fields.number(names.classifierDropout, in: 0...0.999))
        } else if family == .distilBert {
            classifierDropout = 0.2
        }
    }

    /// The same fields, to be written.
    public var jsonMembers: [JSONValue.Member] {
        let names = BertFieldNames(family)
        var members: [JSONValue.Member] = [
            .init("vocab_size", .integer(vocabularySize)), .init(names.hiddenSize, .integer(encoder.hiddenSize)),
            .init(names.layerCount, .integer(encoder.layerCount)), .init(names.headCount, .integer(encoder.headCount)),
            .init(names.intermediateSize, .integer(encoder.intermediateSize)),
            .init(names.activation, .string(encoder.activation.huggingFaceName)),
            .init(names.hiddenDropout, .number(decimal: encoder.hiddenDropout)),
            .init(names.attentionDropout, .number(decimal: encoder.attentionDropout)),
            .init("max_position_embeddings", .integer(positionCount)),
            .init("initializer_range", .number(decimal: encoder.initializerRange)),
            .init("pad_token_id", .integer(paddingToken)),
        ]
        if family != .distilBert { members.append(.init("layer_norm_eps", .number(decimal: encoder.layerNormEpsilon))) }
        if family.hasTokenTypes { members.append(.init("type_vocab_size", .integer(tokenTypeCount))) }
        if !tiesEmbeddings { members.append(.init("tie_word_embeddings", false)) }
        if let classifierDropout { members.append(.init(names.classifierDropout, .number(decimal: classifierDropout))) }
        return members
    }
}

/// What the fields are called.
private struct BertFieldNames {
    let hiddenSize, layerCount, headCount, intermediateSize, activation, hiddenDropout, attentionDropout,
        classifierDropout: String

    init(_ family: BertFamily) {
        switch family {
        case .bert, .roberta:
            (hiddenSize, layerCount, headCount) = ("hidden_size", "num_hidden_layers", "num_attention_heads")
            (intermediateSize, activation) = ("intermediate_size", "hidden_act")
            (hiddenDropout, attentionDropout, classifierDropout) = (
                "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"
            )
        case .distilBert:
            (hiddenSize, layerCount, headCount) = ("dim", "n_layers", "n_heads")
            (intermediateSize, activation) = ("hidden_dim", "activation")
            (hiddenDropout, attentionDropout, classifierDropout) = (
                "dropout", "attention_dropout", "seq_classif_dropout"
            )
        }
    }
}
