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
        let start = try Self.start(of: golden, file)
        model = try Self.model(of: golden, start)
        compression = try Compression(golden.compressionConfig, of: model, file: golden.name)
        compression.attach()
        try load(start)
    }

    var network: any Module { model.network }

    /// Gives every parameter, and what transforms keep, the tensors of their names.
    func load(_ tensors: [String: Tensor]) throws { try network.load(tensors) }

    private static func start(of golden: GoldenCase, _ file: SafetensorsFile) throws -> [String: Tensor] {
        let initial = try #require(golden.entry["init"])
        if let prefix = initial["prefix"]?.string { return try file.tensors(under: prefix) }
        guard let base = initial["base_file"]?.string else { return try file.tensors(under: "init/") }
        let extra = try file.tensors(under: initial["extra_prefix"]?.string ?? "init_extra/")
        return try golden.file(base).tensors(under: "").merging(extra) { $1 }
    }

    private static func model(of golden: GoldenCase, _ start: [String: Tensor]) throws -> PretrainedModel {
        let sizes = try #require(golden.entry["arch"])
        func size(_ key: String) throws -> Int { try #require(sizes[key]?.integer, "arch.\(key)") }
        switch golden.entry["family"]?.string {
        case "bert": return try golden.bert(like: start)
        case "gpt2":
            var gpt = GPT2Configuration(
                vocabularySize: try size("vocab"), positionCount: try size("pos"), hiddenSize: try size("hidden"),
                layerCount: try size("layers"), headCount: try size("heads"))
            (gpt.embeddingDropout, gpt.residualDropout, gpt.attentionDropout) = (0, 0, 0)
            gpt.tiesEmbeddings = golden.isTied
            return PretrainedModel(ModelConfiguration(.init(GPT2Family(), .languageModel), gpt))
        default:
            let resnet = ResNetConfiguration(
                depth: try size("depth"), baseChannels: try size("base"),
                imageChannels: try #require(start["conv1.weight"]).shape[1], labelCount: try size("num_classes"),
                hasBatchNorm: sizes["batch_norm"]?.bool ?? false)
            return PretrainedModel(ModelConfiguration(.init(ResNetFamily(), .imageClassification), resnet))
        }
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

    /// Whether `path` is the running mean behind a convolution that lost inputs. It takes up the constants of the removed
    /// channels, which DeepSpeed drops.
    func takesUpConstants(_ path: String) -> Bool {
        let suffix = ".running_mean"
        guard path.hasSuffix(suffix), file["clean/" + path] == nil else { return false }
        let convolution = path.dropLast(suffix.count).replacing("bn", with: "conv")
        return file["clean/\(convolution).weight"] != nil
    }

    /// Whether the recorded tolerances leave a parameter out.
    func isSkipped(_ path: String, _ tolerance: String) -> Bool {
        guard let pattern = golden.limits[tolerance]?["skip"]?.string else { return false }
        return path.range(of: pattern, options: .regularExpression) != nil
    }
}

extension GoldenCase {
    /// Whether the output layer shares the token embedding's weight. DeepSpeed makes two parameters of it, each with an
    /// optimizer state of its own; Lathe keeps one.
    var isTied: Bool { entry["arch"]?["tied"]?.bool ?? false }

    /// Whether a group has several patterns with related modules. DeepSpeed cuts the related modules of every pattern
    /// with the masks of the first one; Lathe cuts each with its own.
    var isCutWithOtherMasks: Bool {
        (config["compression_training"]?.object ?? []).flatMap { $0.value["different_groups"]?.object ?? [] }
            .contains { $0.value["related_modules"]?.array?.count ?? 0 > 1 }
    }
}
