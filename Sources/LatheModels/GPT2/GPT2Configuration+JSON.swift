import LatheFiles
import LatheTensor

extension GPT2Configuration {
    /// Reads the fields of a `config.json`. Defaults are those of `transformers`.
    init(_ fields: JSONFields) {
        self.init(
            vocabularySize: fields.integer("vocab_size", in: 1...16_777_216, default: 50257),
            positionCount: fields.integer(
                fields["n_positions"] == nil ? "n_ctx" : "n_positions", in: 1...1_048_576, default: 1024),
            hiddenSize: fields.integer("n_embd", in: 1...65536, default: 768),
            layerCount: fields.integer("n_layer", in: 1...1024, default: 12),
            headCount: fields.integer("n_head", in: 1...1024, default: 12))
        if hiddenSize % headCount != 0 {
            fields.report("n_head", "expected a divisor of n_embd = \(hiddenSize), got \(headCount)")
        }
        if fields["n_inner"] != nil { intermediateSize = fields.integer("n_inner", in: 1...1_048_576) }
        activation = fields.choice("activation_function", Activation.huggingFaceNames, default: .geluTanh)
        tiesEmbeddings = fields.bool("tie_word_embeddings", default: true)
        embeddingDropout = Float(fields.number("embd_pdrop", in: 0...0.999, default: 0.1))
        residualDropout = Float(fields.number("resid_pdrop", in: 0...0.999, default: 0.1))
        attentionDropout = Float(fields.number("attn_pdrop", in: 0...0.999, default: 0.1))
        layerNormEpsilon = Float(fields.number("layer_norm_epsilon", in: 0...1, default: 1e-5))
        initializerRange = Float(fields.number("initializer_range", in: 0...100, default: 0.02))
        if !fields.bool("scale_attn_weights", default: true) {
            fields.report("scale_attn_weights", "unscaled attention is not supported")
        }
        for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] where fields.bool(key, default: false) {
            fields.report(key, "true is not supported")
        }
    }

    /// The same fields, to be written.
    public var jsonMembers: [JSONValue.Member] {
        [
            .init("vocab_size", .integer(vocabularySize)), .init("n_positions", .integer(positionCount)),
            .init("n_embd", .integer(hiddenSize)),
            .init("n_layer", .integer(layerCount)), .init("n_head", .integer(headCount)),
            .init("n_inner", intermediateSize.map(JSONValue.integer) ?? .null),
            .init("activation_function", .string(activation.huggingFaceName)),
            .init("tie_word_embeddings", .bool(tiesEmbeddings)),
            .init("embd_pdrop", .number(decimal: embeddingDropout)),
            .init("resid_pdrop", .number(decimal: residualDropout)),
            .init("attn_pdrop", .number(decimal: attentionDropout)),
            .init("layer_norm_epsilon", .number(decimal: layerNormEpsilon)),
            .init("initializer_range", .number(decimal: initializerRange)),
        ]
    }
}
