import Foundation
import LatheCheckpoints
import LatheGolden
import LatheModels
import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

/// A recorded model under compression, and its batches.
struct GoldenModel {
    let golden: GoldenCase
    let file: SafetensorsFile
    let batches: SafetensorsFile
    let model: PretrainedModel
    let compression: Compression

    /// The model of `golden` with its recorded start, transforms attached.
    init(_ golden: GoldenCase) throws {
        self.golden = golden
        file = try golden.file()
        batches = try golden.file(try #require(golden.entry["batch_file"]?.string))
        model = try Self.model(golden)
        let config = try DeepSpeedConfig(json: golden.config, file: golden.name).compression
        compression = try Compression(config, of: model, file: golden.name)
        compression.attach()
        try load(try start())
    }

    var network: any Module { model.network }

    /// Gives every parameter, and what transforms keep, the tensors of their names.
    func load(_ tensors: [String: Tensor]) throws { try network.load(tensors) }

    private func start() throws -> [String: Tensor] {
        let initial = try #require(golden.entry["init"])
        if let prefix = initial["prefix"]?.string { return try file.tensors(under: prefix) }
        guard let base = initial["base_file"]?.string else { return try file.tensors(under: "init/") }
        let extra = try file.tensors(under: initial["extra_prefix"]?.string ?? "init_extra/")
        return try golden.file(base).tensors(under: "").merging(extra) { $1 }
    }

    private static func model(_ golden: GoldenCase) throws -> PretrainedModel {
        let sizes = try #require(golden.entry["arch"])
        func size(_ key: String) throws -> Int { try #require(sizes[key]?.integer, "arch.\(key)") }
        let configuration: ModelConfiguration
        switch golden.entry["family"]?.string {
        case "bert":
            var encoder = EncoderConfiguration(
                hiddenSize: try size("hidden"), layerCount: try size("layers"), headCount: try size("heads"),
                intermediateSize: try size("inter"))
            (encoder.hiddenDropout, encoder.attentionDropout) = (0, 0)
            configuration = ModelConfiguration(
                .init(BertFamily.bert, .sequenceClassification),
                BertConfiguration(
                    encoder: encoder, vocabularySize: try size("vocab"), positionCount: try size("pos"),
                    labelCount: try size("labels")))
        case "gpt2":
            var gpt = GPT2Configuration(
                vocabularySize: try size("vocab"), positionCount: try size("pos"), hiddenSize: try size("hidden"),
                layerCount: try size("layers"),
                headCount: try size("heads"))
            (gpt.embeddingDropout, gpt.residualDropout, gpt.attentionDropout) = (0, 0, 0)
            gpt.tiesEmbeddings = sizes["tied"]?.bool ?? false
            configuration = ModelConfiguration(.init(GPT2Family(), .languageModel), gpt)
        default:
            configuration = ModelConfiguration(
                .init(ResNetFamily(), .imageClassification),
                ResNetConfiguration(
                    depth: try size("depth"), baseChannels: try size("base"),
                    hasBatchNorm: sizes["batch_norm"]?.bool ?? false))
        }
        return PretrainedModel(configuration)
    }

    /// The logits of a batch.
    func logits(_ batch: String) throws -> Tensor {
        switch network {
        case let bert as BertForSequenceClassification:
            let visible = try batches.tensor(batch + "attention_mask").cast(to: .float32)
            return bert(
                try batches.tensor(batch + "input_ids"), tokenTypes: try batches.tensor(batch + "token_type_ids"),
                keyMask: (visible - 1) * Float.greatestFiniteMagnitude)
        case let gpt as GPT2LMHeadModel: return gpt(try batches.tensor(batch + "input_ids"))
        case let resnet as ResNet: return resnet(try batches.tensor(batch + "x"))
        default: preconditionFailure("\(golden.name): no such family")
        }
    }

    func loss(_ logits: Tensor, _ batch: String) throws -> Tensor {
        guard network is GPT2LMHeadModel else { return logits.crossEntropy(try batches.tensor(batch + "labels")) }
        let ids = try batches.tensor(batch + "input_ids"), count = ids.shape[1]
        return logits.sliced(0..<count - 1, axis: 1).crossEntropy(ids.sliced(1..<count, axis: 1))
    }

    /// Whether the recorded tolerances leave a parameter out.
    func isSkipped(_ path: String, _ tolerance: String) -> Bool {
        guard let pattern = golden.limits[tolerance]?["skip"]?.string else { return false }
        return path.range(of: pattern, options: .regularExpression) != nil
    }
}
