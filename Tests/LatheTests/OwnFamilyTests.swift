import Foundation
import Lathe
import LatheTestModels
import LatheWorkflows
import Testing

/// A family of `Examples/custom-family`, by everything that a family of Lathe's own can do.
@Suite("A family of a package's own")
struct OwnFamilyTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        ModelFamilies.register(GatedFamily())
    }

    /// A saved model with random weights.
    private func saved() throws -> PretrainedModel {
        let sizes = GatedSizes(vocabularySize: 20)
        let configuration = ModelConfiguration(
            .init(GatedFamily(), .sequenceClassification), sizes, labels: ["bad", "good"])
        try withRandomSource(RandomSource(seed: 1)) { PretrainedModel(configuration) }.save(to: models.path("my-model"))
        return try PretrainedModel(directory: models.path("my-model"))
    }

    private func logits(_ model: PretrainedModel) throws -> [Float] {
        let network = try #require(model.network as? GatedClassifier)
        return withInference { network(TokenBatch(joining: [[2, 5, 9, 3], [2, 11, 3]])) }.floatArray
    }

    private func config(_ section: String) throws -> CompressionConfig {
        let quantization = """
            {"weight_quantization": {"shared_parameters": {"enabled": true, "quantize_weight_in_forward": true, "schedule_offset": 0}, "different_groups":
            {"all": {"params": {"start_bits": 8, "target_bits": 8, "quantization_period": 0}, "modules": ["blocks"]}}}, \(section)}
            """
        return try DeepSpeedConfig(json: ["compression_training": StrictJSON.parse(quantization)], file: "c.json")
            .compression
    }

    @Test("A model opens by its model_type, and by its class alone")
    func opens() throws {
        let model = try saved(), path = models.path("my-model/config.json")
        #expect(
            model.configuration.architecture.className == "GatedClassifier" && model.configuration.sizes is GatedSizes)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try AtomicFile.write(text.replacingOccurrences(of: #""model_type": "gated_classifier","#, with: ""), to: path)
        #expect(try logits(PretrainedModel(directory: models.path("my-model"))) == logits(model))
        ModelFamilies.register(GatedFamily())
        #expect(ModelFamilies.all.count { $0.modelType == "gated_classifier" } == 1)
    }

    @Test("The gate and up projections shrink as one, and the packed model computes what was measured")
    func compresses() throws {
        let model = try saved()
        let compression = try Compression(
            config(
                """
                "row_pruning": {"shared_parameters": {"enabled": true, "method": "l1", "schedule_offset": 0}, "different_groups": {"inner": {
                "params": {"dense_ratio": 0.5}, "modules": ["gate"], "related_modules": [["up", "down"]]}}}
                """), of: model, file: "c.json")
        compression.attach()
        compression.finish()
        let masked = try logits(model), cleaned = compression.clean()
        #expect(cleaned.pack().isEmpty)
        try cleaned.applied(to: model).save(to: models.path("small"))
        let small = try PretrainedModel(directory: models.path("small")),
            network = try #require(small.network as? GatedClassifier)
        #expect(
            network.blocks.map { [$0.gate.outputs, $0.up.outputs, $0.down.inputs] } == [[32, 32, 32], [32, 32, 32]])
        let difference = zip(try logits(small), masked).map { abs($0 - $1) }.max() ?? 1
        #expect(difference < 1e-5, "\(difference)")
    }

    @Test("A plan proposes what shrinks along, and a config that names something else is refused")
    func plans() throws {
        let model = try saved()
        func section(_ related: String) -> String {
            """
            "row_pruning": {"shared_parameters": {"enabled": true, "method": "l1", "schedule_offset": 0}, "different_groups": {"inner": {
            "params": {"dense_ratio": 0.5}, "modules": ["gate"]\(related)}}}
            """
        }
        let warnings = CompressionPlan(try Compression(config(section("")), of: model, file: "c.json")).warnings.joined(
            separator: "\n")
        #expect(warnings.contains("blocks.0.up, blocks.0.down would shrink along"), "\(warnings)")
        #expect(throws: CompressionConfigError.self) {
            try Compression(config(section(#", "related_modules": [["down"]]"#)), of: model, file: "c.json")
        }
    }

    @Test("Starting configs for every goal fit it", arguments: [StarterGoal.int8, .int4, .oneBit, .pruned])
    func starts(_ goal: StarterGoal) throws {
        let model = try saved(), starter = try StarterConfig(goal, for: model.configuration)
        let plan = try starter.plan(for: model)
        #expect(plan.warnings.isEmpty && plan.bytesAfter < plan.bytesBefore, "\(starter.text())")
    }

    @Test("A goal that its blocks say nothing of is refused")
    func refuses() throws {
        let configuration = try saved().configuration
        #expect(throws: StarterError.nothingToShrink(model: "GatedClassifier", goal: .halfSize)) {
            try StarterConfig(.halfSize, for: configuration)
        }
    }
}
