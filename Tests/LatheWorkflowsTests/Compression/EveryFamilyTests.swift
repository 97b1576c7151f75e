import Foundation
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression

@Suite("Rows and heads of every family of transformers")
struct EveryFamilyTests {
    private static let families =
        BertFamily.allCases.map(\.modelType) + [GPT2Family().modelType, PatchEncoderFamily().modelType]

    private func model(_ family: String) throws -> PretrainedModel {
        var encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 2, headCount: 4, intermediateSize: 24)
        encoder.initializerRange = 0.2
        let configuration: ModelConfiguration
        switch try #require(ModelFamilies.family(family)) {
        case let family as GPT2Family:
            var sizes = GPT2Configuration(
                vocabularySize: 20, positionCount: 24, hiddenSize: 16, layerCount: 2, headCount: 4)
            sizes.initializerRange = 0.2
            configuration = ModelConfiguration(.init(family, .languageModel), sizes)
        case let family as PatchEncoderFamily:
            let sizes = PatchEncoderConfiguration(encoder: encoder, imageSize: 8, patchSize: 4, labelCount: 3)
            configuration = ModelConfiguration(.init(family, .imageClassification), sizes)
        case let other:
            let family = try #require(other as? BertFamily)
            let sizes = BertConfiguration(family: family, encoder: encoder, vocabularySize: 20, positionCount: 24)
            configuration = ModelConfiguration(.init(family, .sequenceClassification), sizes)
        }
        return withRandomSource(RandomSource(seed: 3)) { PretrainedModel(configuration) }
    }

    /// A section that prunes each layer which others are known to shrink along with, a group for each.
    private func section(_ technique: Technique, _ shared: JSONValue, _ network: any Module) -> JSONValue {
        let modules = network.namedModules
        func pattern(_ path: String) -> JSONValue {
            .string("^" + path.replacingOccurrences(of: ".", with: "\\.") + "$")
        }
        let groups = modules.compactMap { path, module -> JSONValue.Member? in
            let readers = RelatedModules.related(to: module, technique, in: network)
            if readers.isEmpty { return nil }
            let related = readers.compactMap { reader in modules.first { $0.module === reader }.map { pattern($0.path) }
            }
            return .init(
                path,
                ["params": ["dense_ratio": 0.5], "modules": [pattern(path)], "related_modules": [.array(related)]])
        }
        return ["shared_parameters": shared, "different_groups": .object(groups)]
    }

    @Test(
        "Half of all that can go is gone from the file, and the model computes what the masked one did",
        arguments: families)
    func halves(_ family: String) throws {
        let model = try model(family), network = model.network, place = try TinyModels()
        let rows = section(.rowPruning, ["enabled": true, "method": "topk", "schedule_offset": 0], network)
        let heads = section(
            .headPruning, ["enabled": true, "method": "topk", "schedule_offset": 0, "num_heads": 4], network)
        let config = try DeepSpeedConfig(
            json: ["compression_training": ["row_pruning": rows, "head_pruning": heads]], file: "c.json"
        ).compression
        let compression = try Compression(config, of: model, file: "c.json"), plan = CompressionPlan(compression),
            before = network.parameterCount
        compression.attach()
        compression.finish()
        let masked = CompressionRuns.outputs(model), cleaned = compression.clean()
        #expect((CompressionRuns.outputs(model) - masked).largestMagnitude() < 1e-5)
        try cleaned.applied(to: model).save(to: place.path("out"))
        let saved = try PretrainedModel(directory: place.path("out"))
        #expect(CompressionRuns.outputs(saved).floatArray == CompressionRuns.outputs(model).floatArray)
        #expect(saved.network.namedModules.compactMap { ($0.module as? any HeadCounting)?.heads } == [2, 2])
        #expect(saved.network.parameterCount == plan.parametersAfter)
        // Half of attention and feed-forward network in two layers.
        #expect(before - saved.network.parameterCount >= 2 * (4 * 16 * 16 + 2 * 16 * 24) / 2)
    }
}
