import Foundation
import LatheModels
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Configs to begin with")
struct StarterConfigTests {
    /// A network in the proportions of a real one, and the most that may be left of its f32 bytes, by goal.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let configuration: ModelConfiguration
        let shares: [StarterGoal: Double]

        init(
            _ name: String, _ configuration: ModelConfiguration, _ int8: Double, _ int4: Double, _ oneBit: Double,
            half: Double, pruned: Double
        ) {
            (self.name, self.configuration) = (name, configuration)
            shares = [.int8: int8, .int4: int4, .oneBit: oneBit, .halfSize: half, .pruned: pruned]
        }

        var testDescription: String { name }
    }

    /// BERT-base's proportions at an eighth of its width.
    private static func bert(_ family: BertFamily, _ head: ModelHead, layers: Int = 12) -> ModelConfiguration {
        let encoder = EncoderConfiguration(hiddenSize: 96, layerCount: layers, headCount: 12, intermediateSize: 384)
        var sizes = BertConfiguration(encoder: encoder, vocabularySize: 3800, positionCount: 64, labelCount: 2)
        sizes.family = family
        if family == .distilBert { sizes.encoder.names = .distilBert }
        return ModelConfiguration(.init(family, head), sizes)
    }

    private static let labels = (0..<10).map(String.init)
    private static let gpt2 = GPT2Configuration(
        vocabularySize: 6280, positionCount: 128, hiddenSize: 96, layerCount: 12, headCount: 12)

    static let cases = [
        Case("bert", bert(.bert, .sequenceClassification), 0.28, 0.16, 0.06, half: 0.46, pruned: 0.62),
        Case("bert without head", bert(.bert, .base), 0.28, 0.16, 0.06, half: 0.46, pruned: 0.62),
        Case("bert for masked words", bert(.bert, .maskedLanguageModel), 0.28, 0.2, 0.11, half: 0.46, pruned: 0.62),
        Case("roberta", bert(.roberta, .sequenceClassification), 0.28, 0.16, 0.06, half: 0.46, pruned: 0.62),
        Case("roberta without head", bert(.roberta, .base), 0.28, 0.16, 0.06, half: 0.46, pruned: 0.62),
        Case(
            "roberta for masked words", bert(.roberta, .maskedLanguageModel), 0.28, 0.2, 0.11, half: 0.46, pruned: 0.62),
        Case(
            "distilbert for masked words", bert(.distilBert, .maskedLanguageModel, layers: 6), 0.28, 0.2, 0.14,
            half: 0.46, pruned: 0.7),
        Case(
            "distilbert", bert(.distilBert, .sequenceClassification, layers: 6), 0.28, 0.17, 0.07, half: 0.46,
            pruned: 0.7),
        Case(
            "distilbert without head", bert(.distilBert, .base, layers: 6), 0.28, 0.17, 0.058, half: 0.46, pruned: 0.7),
        Case(
            "gpt2", ModelConfiguration(.init(GPT2Family(), .languageModel), gpt2), 0.28, 0.2, 0.13, half: 0.46,
            pruned: 0.68),
        Case(
            "patch-encoder", ModelPreset.patchEncoder.configuration(labels: labels), 0.3, 0.18, 0.08, half: 0.52,
            pruned: 0.52),
        Case(
            "resnet20", ModelPreset.smallResNet(depth: 20, hasBatchNorm: true).configuration(labels: labels), 0.28,
            0.16, 0.055, half: 0.5, pruned: 0.35),
        Case(
            "resnet20-nobn", ModelPreset.smallResNet(depth: 20, hasBatchNorm: false).configuration(labels: labels),
            0.28, 0.16, 0.04, half: 0.5, pruned: 0.35),
        Case(
            "bottlenecks",
            ModelConfiguration(
                .init(ResNetFamily(), .imageClassification),
                ResNetConfiguration(
                    stem: .largeImages, block: .bottleneck, stages: [2, 2, 2, 2], baseChannels: 8, labelCount: 10),
                labels: labels),
            0.3, 0.18, 0.09, half: 0.5, pruned: 0.4),
    ]

    /// The config as a file gives it back.
    private func read(_ text: String) throws -> DeepSpeedConfig {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try DeepSpeedConfig(path: url.path)
    }

    @Test(
        "Each is read without a note, every pattern hits, and the plan keeps what the goal promises", arguments: cases,
        StarterGoal.allCases)
    func fits(_ test: Case, _ goal: StarterGoal) throws {
        let config = try read(StarterConfig(goal, for: test.configuration).text())
        #expect(config.notes.isEmpty, "\(config.notes.map(\.description))")
        // Weights that are 0 by chance take another form; the seed says whether there are some.
        let model = withRandomSource(RandomSource(seed: 7)) { PretrainedModel(test.configuration) }
        let student = try LayerReducer(config.compression.layerReduction)?.student(of: model, like: model) ?? model
        let plan = CompressionPlan(try Compression(config.compression, of: student, file: "c.json"), totalSteps: 100)
        #expect(plan.warnings.isEmpty, "\(plan.warnings)")
        let share = Double(plan.bytesAfter) / Double(4 * model.network.parameterCount),
            most = try #require(test.shares[goal])
        #expect(share <= most && share > 0.8 * most, "\(share)")
    }

    @Test("Models that are compressed already, and one layer that cannot be halved, are told so")
    func refusals() throws {
        var configuration = Self.bert(.bert, .sequenceClassification)
        configuration.pruned.heads = ["bert.encoder.layer.0.attention.self": 6]
        #expect(throws: StarterError.pruned(model: "m", goal: .pruned)) {
            try StarterConfig(.pruned, for: configuration, model: "m")
        }
        // Bits go with pruned layers: one scale for each of them.
        let shared = try StarterConfig(.int8, for: configuration).json["compression_training"]?["weight_quantization"]?[
            "shared_parameters"]
        #expect(shared?["quantize_groups"] == 1)
        configuration = Self.bert(.bert, .sequenceClassification, layers: 1)
        #expect(throws: StarterError.oneLayer(model: "BertForSequenceClassification")) {
            try StarterConfig(.halfSize, for: configuration)
        }
    }
}
