import Foundation
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Records of compressions")
struct CompressionRecordTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func record(_ output: String = "out") throws -> RunRecord {
        try RunRecord(path: runs.models.path(output + "/lathe.json"))
    }

    private func layer(_ path: String, _ record: RunRecord) throws -> LayerRecord {
        try #require(record.layers.first { $0.path == path })
    }

    /// A record without what a clock measured.
    private func timeless(_ output: String) throws -> RunRecord {
        var record = try record(output)
        (record.seconds, record.date) = (0, Date(timeIntervalSince1970: 0))
        for index in record.stages.indices {
            (record.stages[index].milliseconds, record.stages[index].spread, record.stages[index].timeRatio) = (
                nil, nil, nil
            )
        }
        return record
    }

    private static let intermediate = "bert.encoder.layer.0.intermediate.dense"

    @Test("A run leaves its config, stages, moments and what became of its layers")
    func compression() throws {
        var request = try runs.request([
            .weights(4, ["intermediate"], offset: 1), .inputs(8, ["intermediate"], offset: 2),
        ])
        (request.packs, request.distillation) = (true, DistillationOptions())
        let summary = try request.run(), record = try record()
        #expect(record.kind == .compress && record.task == "sst2" && record.teacher == runs.models.path("bert"))
        #expect(record.config == request.config.text && record.config?.contains("weight_quantization") == true)
        #expect(
            record.moments == [
                .init(step: 1, names: ["weight_quantization"]), .init(step: 2, names: ["activation_quantization"]),
            ])
        #expect(record.stages.map(\.name) == ["teacher", "student", "cleaned", "packed"])
        #expect(record.stages.last?.evaluation == summary.after && record.stages.last?.bytes == summary.byteCount)
        #expect(Set(record.stages.map(\.parameters)) == [summary.parametersBefore])
        #expect(record.scoredOn?.files.map(\.path) == [runs.models.path("dev.tsv")])
        #expect(record.stages.allSatisfy { $0.milliseconds ?? 0 > 0 && $0.spread != nil })
        // The student and the cleaned network are no longer there when models are timed in turn.
        #expect(record.stages.map { $0.timeRatio != nil } == [true, false, false, false])
        #expect(record.batch == "8 texts of 24 tokens" && record.largestDifference == Double(summary.largestDifference))
        #expect(record.options.contains(.init("kd_class", "1.0")) && record.layerInputs == "16 training examples")
        let layer = try layer(Self.intermediate, record)
        #expect(layer.bits == 4 && layer.inputBits == 8 && (0.001...0.5).contains(layer.weightError ?? 0))
        #expect(
            layer.weightsBefore != nil && layer.weightsAfter != nil && layer.inputsBefore != nil
                && layer.inputsAfter != nil)
        let other = try self.layer("bert.encoder.layer.0.output.dense", record)
        #expect(other.bits == 32 && other.inputBits == nil && other.weightError == 0)
    }

    @Test("A teacher that is another model is a stage with all its parameters, though it runs packed")
    func teacher() throws {
        var request = try runs.request([.weights(8, ["intermediate"])])
        (request.teacher, request.distillation) = (
            try runs.models.bert("teacher", labels: ["negative", "positive"]), DistillationOptions()
        )
        let summary = try request.run(), record = try record()
        #expect(record.stages.map(\.name) == ["teacher", "before", "student", "cleaned"])
        #expect(record.stages.map { $0.timeRatio != nil } == [true, true, false, false])
        #expect(
            record.teacher == runs.models.path("teacher") && record.stages[0].parameters == summary.parametersBefore)
    }

    @Test("Pruned layers have two shapes and no error; masks that stay show as sparsity")
    func pruning() throws {
        _ = try runs.request([.bertRows]).run()
        let rows = try layer(Self.intermediate, try record())
        #expect(rows.shapeBefore == [24, 16] && rows.shapeAfter == [12, 16] && rows.weightError == nil)
        _ = try runs.request([.sparse(0.25, ["intermediate"])], to: "sparse").run()
        let sparse = try layer(Self.intermediate, try record("sparse"))
        #expect(abs(sparse.sparsity - 0.75) < 0.01 && sparse.weightError ?? 0 > 0.1)
    }

    @Test("A run that was stopped and resumed leaves the record of one that was not")
    func resumed() throws {
        func request(_ output: String) throws -> CompressionRequest {
            try runs.request([.weights(8, ["intermediate"])], to: output, steps: 4)
        }
        _ = try request("whole").run()
        var done = 0
        #expect(throws: TrainingError.self) {
            try request("stopped").run(shouldStop: { done == 2 }) {
                if case .training(.step(let progress)) = $0 { done = progress.step }
            }
        }
        var rest = try request("stopped")
        rest.training.start = .resume
        _ = try rest.run()
        #expect(try timeless("stopped") == timeless("whole"))
        // Only cleaning is left to do.
        try FileManager.default.removeItem(atPath: runs.models.path("stopped/lathe.json"))
        _ = try rest.run()
        #expect(try timeless("stopped") == timeless("whole") && record("stopped").seconds > 0)
    }

    @Test("Quantising leaves a record, with scores where there is something to measure by")
    func quantization() throws {
        let sections: [ConfigSection] = [.weights(8, ConfigSection.bertLayers), .inputs(8, ConfigSection.bertLayers)]
        var request = PostTrainingQuantization(
            model: runs.models.path("bert"), config: try sections.config(), configFile: "c.json",
            output: runs.models.path("out"))
        _ = try request.run()
        var record = try record()
        #expect(record.kind == .quantize && record.task == nil && record.moments.isEmpty && record.batch == nil)
        #expect(
            record.stages.map(\.name) == ["before", "packed"]
                && record.stages.allSatisfy { $0.evaluation == nil && $0.bytes ?? 0 > 0 })
        #expect(record.layerInputs == "8 texts of 24 tokens, at random")
        let layer = try layer(Self.intermediate, record)
        #expect(layer.bits == 8 && layer.inputBits == 8 && (0.0001...0.02).contains(layer.weightError ?? 0))
        (request.overwrites, request.evaluation) = (
            true, ModelEvaluation(model: "", task: .glue(.sst2), files: [runs.models.path("dev.tsv")])
        )
        let summary = try request.run()
        record = try self.record()
        #expect(record.stages.map(\.evaluation) == summary.stages.map(\.evaluation) && summary.stages.count == 2)
        #expect(record.stages.map { $0.timeRatio != nil } == [true, false] && record.scoredOn?.title == "dev.tsv")
        #expect(
            record.task == "sst2" && record.batch == "8 texts of 24 tokens"
                && record.layerInputs?.hasPrefix("8 of 20 sequences") == true)
    }

    @Test("A language model's table, which its head computes with, is one layer")
    func tied() throws {
        _ = try runs.request([.weights(8, ["mlp"])], .gpt2).run()
        let record = try record()
        #expect(record.layers.filter { $0.path.contains("wte") || $0.path.contains("lm_head") }.count == 1)
        #expect(record.layers.map(\.bytesAfter).reduce(0, +) <= record.stages.last?.bytes ?? 0)
    }

    @Test("A model with a record opens, measures and is inspected as one without")
    func harmless() throws {
        _ = try runs.request([.weights(8, ["intermediate"])]).run()
        let with = try ModelInspection(runs.models.path("out")).files
        try FileManager.default.removeItem(atPath: runs.models.path("out/lathe.json"))
        #expect(try ModelInspection(runs.models.path("out")).files == with)
    }
}
