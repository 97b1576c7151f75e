import LatheFiles
import LatheTensor

extension PatchEncoderConfiguration {
    /// Reads the fields of a `config.json` that Lathe wrote.
    init(_ fields: JSONFields, labelCount: Int) {
        var encoder = EncoderConfiguration(
            hiddenSize: fields.integer("hidden_size", in: 1...65536),
            layerCount: fields.integer("num_hidden_layers", in: 1...1024),
            headCount: fields.integer("num_attention_heads", in: 1...1024),
            intermediateSize: fields.integer("intermediate_size", in: 1...1_048_576))
        if encoder.hiddenSize % encoder.headCount != 0 {
            fields.report(
                "num_attention_heads",
                "expected a divisor of hidden_size = \(encoder.hiddenSize), got \(encoder.headCount)")
        }
        encoder.activation = fields.choice("hidden_act", Activation.huggingFaceNames, default: .gelu)
        encoder.hiddenDropout = Float(fields.number("hidden_dropout_prob", in: 0...0.999, default: 0.1))
        encoder.attentionDropout = Float(fields.number("attention_probs_dropout_prob", in: 0...0.999, default: 0.1))
        encoder.layerNormEpsilon = Float(fields.number("layer_norm_eps", in: 0...1, default: 1e-6))
        encoder.initializerRange = Float(fields.number("initializer_range", in: 0...100, default: 0.02))
        self.init(
            encoder: encoder, channels: fields.integer("num_channels", in: 1...1024, default: 1),
            imageSize: fields.integer("image_size", in: 1...65536),
            patchSize: fields.integer("patch_size", in: 1...65536), labelCount: labelCount)
        if imageSize % patchSize != 0 {
            fields.report("patch_size", "expected a divisor of image_size = \(imageSize), got \(patchSize)")
        }
    }

    /// The same fields, to be written.
    package var jsonMembers: [JSONValue.Member] {
        [
            .init("hidden_size", .integer(encoder.hiddenSize)),
            .init("num_hidden_layers", .integer(encoder.layerCount)),
            .init("num_attention_heads", .integer(encoder.headCount)),
            .init("intermediate_size", .integer(encoder.intermediateSize)),
            .init("hidden_act", .string(encoder.activation.huggingFaceName)),
            .init("hidden_dropout_prob", .number(decimal: encoder.hiddenDropout)),
            .init("attention_probs_dropout_prob", .number(decimal: encoder.attentionDropout)),
            .init("layer_norm_eps", .number(decimal: encoder.layerNormEpsilon)),
            .init("initializer_range", .number(decimal: encoder.initializerRange)),
            .init("num_channels", .integer(channels)), .init("image_size", .integer(imageSize)),
            .init("patch_size", .integer(patchSize)),
        ]
    }
}
