import LatheFiles
import LatheGolden
import LatheModels
import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

/// Numbers that a recorded case may be off by: `atol + rtol * |expected|`.
struct Limit {
    var absolute: Float = 1e-5
    var relative: Float = 1e-5

    init(_ value: JSONValue?) {
        if let number = value?["atol"]?.double { absolute = Float(number) }
        if let number = value?["rtol"]?.double { relative = Float(number) }
    }

    func accepts(_ actual: Float, _ expected: Float) -> Bool {
        abs(actual - expected) <= absolute + relative * abs(expected)
    }
}

extension Module {
    /// Gives every parameter the recorded tensor of its path.
    func load(_ tensors: [String: Tensor]) throws {
        for (path, parameter) in namedParameters {
            let tensor = try #require(tensors[path], "\(path)")
            try #require(tensor.shape == parameter.shape, "\(path)")
            parameter.value = tensor
        }
    }
}

extension GoldenCase {
    /// The compression section of the case's config.
    var compressionConfig: CompressionConfig {
        get throws { try DeepSpeedConfig(json: config, file: name).compression }
    }

    /// A BERT classifier without dropout whose sizes are those of recorded tensors, with fresh weights.
    func bert(like tensors: [String: Tensor]) throws -> PretrainedModel {
        func size(_ path: String, axis: Int) throws -> Int { try #require(tensors[path]?.shape[axis], "\(path)") }
        let layer = "bert.encoder.layer.", embeddings = "bert.embeddings."
        let width = try size(embeddings + "word_embeddings.weight", axis: 1)
        var encoder = EncoderConfiguration(
            hiddenSize: width,
            layerCount: Set(tensors.keys.filter { $0.hasPrefix(layer) }.map { $0.split(separator: ".")[3] }).count,
            headCount: try headCount(width: width),
            intermediateSize: try size(layer + "0.intermediate.dense.weight", axis: 0))
        (encoder.hiddenDropout, encoder.attentionDropout) = (0, 0)
        let sizes = BertConfiguration(
            encoder: encoder, vocabularySize: try size(embeddings + "word_embeddings.weight", axis: 0),
            positionCount: try size(embeddings + "position_embeddings.weight", axis: 0),
            tokenTypeCount: try size(embeddings + "token_type_embeddings.weight", axis: 0),
            labelCount: try size("classifier.weight", axis: 0))
        return PretrainedModel(ModelConfiguration(.init(BertFamily.bert, .sequenceClassification), sizes))
    }

    /// The number of attention heads, which no weight shows: that of the case's own sizes or attention scores, or of
    /// another BERT case of the same width.
    private func headCount(width: Int) throws -> Int {
        for golden in [self] + GoldenCase.all("distill") + GoldenCase.all("model") {
            if golden.entry["family"]?.string == "bert", let sizes = golden.entry["arch"],
                sizes["hidden"]?.integer == width, let count = sizes["heads"]?.integer
            {
                return count
            }
            if let states = try golden.tensorIfPresent("student_rep/0"), states.shape[2] == width,
                let scores = try golden.tensorIfPresent("student_att/0")
            {
                return scores.shape[1]
            }
        }
        throw MissingHeadCount(width: width)
    }

    private struct MissingHeadCount: Error { let width: Int }

    /// The recorded optimizer over all parameters of `module`.
    func optimizer(of module: some Module) throws -> AdamW {
        let options = try #require(entry["optimizer"])
        func number(_ value: JSONValue?) throws -> Float { Float(try #require(value?.double, "\(options)")) }
        return AdamW(
            [ParameterGroup(module, weightDecay: try number(options["weight_decay"]))],
            learningRate: try number(options["lr"]),
            constants: Adam.Constants(
                beta1: try number(options["betas"]?[0]), beta2: try number(options["betas"]?[1]),
                epsilon: try number(options["eps"])))
    }
}
