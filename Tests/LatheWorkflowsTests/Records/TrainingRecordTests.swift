import Foundation
import LatheModels
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Records of training runs")
struct TrainingRecordTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels.sentiment()
    }

    private func request(_ output: String = "out") -> FineTuning {
        var request = FineTuning(
            model: .directory(models.path("bert")), task: .glue(.sst2), train: [models.path("train.tsv")],
            dev: [models.path("dev.tsv")],
            output: models.path(output))
        request.options = TrainingOptions(.steps(6), batchSize: 8, learningRate: 1e-2)
        request.options.warmUp = .steps(0)
        request.options.evaluations = .steps(1)
        request.options.checkpoints = .steps(2)
        return request
    }

    private func record(_ output: String = "out") throws -> RunRecord {
        try RunRecord(path: models.path(output + "/lathe.json"))
    }

    /// A record without what a clock measured, and where it was run.
    private func timeless(_ output: String) throws -> RunRecord {
        var record = try record(output)
        (record.seconds, record.date) = (0, Date(timeIntervalSince1970: 0))
        return record
    }

    @Test("A run leaves a record of what was trained, how, and what its layers became")
    func training() throws {
        let summary = try request().run(), record = try record()
        #expect(
            record.kind == .train && record.task == "sst2" && record.model == models.path("bert")
                && record.config == nil)
        #expect(record.stages.map(\.name) == ["trained"])
        #expect(
            record.stages[0].evaluation == summary.result.best?.evaluation
                && record.stages[0].bytes == summary.byteCount)
        let options = Dictionary(record.options.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(
            options["steps"] == "6" && options["batch_size"] == "8"
                && options["optimizer"]?.hasPrefix("adamw, beta1 0.9") == true)
        #expect(record.scoredOn?.files.map(\.path) == [models.path("dev.tsv")] && record.scoredOn?.note == nil)
        #expect(record.layerInputs == "16 training examples")
        let layer = try #require(record.layers.first { $0.path == "bert.encoder.layer.0.intermediate.dense" })
        #expect(
            layer.kind == "Linear" && layer.shapeBefore == [24, 16] && layer.shapeAfter == [24, 16] && layer.bits == 32)
        #expect(layer.bytesBefore == 4 * (24 * 16 + 24) && layer.weightError == nil)
        #expect(layer.weightsBefore?.counts.reduce(0, +) == 24 * 16 && layer.weightsAfter != layer.weightsBefore)
        #expect(layer.inputsBefore != nil && layer.inputsAfter != nil && layer.inputsAfter != layer.inputsBefore)
        #expect(record.layers.first { $0.kind == "Embedding" }?.inputsAfter == nil)
    }

    @Test("The layers of a record are those of the saved model, also where the last step's model is another")
    func best() throws {
        var request = request()
        request.options.learningRate = 0.5
        let summary = try request.run()
        try #require(summary.result.best?.step != 6)
        let saved = try PretrainedModel(directory: request.output)
        let weight = try #require(saved.network.namedParameters.first { $0.path == "classifier.weight" }).parameter
            .detached
        let histogram = try #require(try record().layers.first { $0.path == "classifier" }?.weightsAfter)
        #expect(histogram.low == Double(weight.minimum()) && histogram.high == Double(weight.maximum()))
    }

    @Test("A run that was stopped and resumed leaves the record of one that was not")
    func resumed() throws {
        _ = try request("whole").run()
        var hooks = TrainingHooks(), reached = 0
        hooks.didReach = { reached = $0 }
        hooks.shouldStop = { reached == 3 }
        #expect(throws: TrainingError.self) { try request("stopped").run(hooks: hooks) }
        #expect(!models.exists("stopped/lathe.json"))
        var rest = request("stopped")
        rest.start = .resume
        _ = try rest.run()
        #expect(try timeless("stopped") == timeless("whole"))
    }

    @Test("Nothing to measure with is no data")
    func unmeasured() throws {
        var request = request()
        request.dev = []
        _ = try request.run()
        #expect(try record().scoredOn == nil)
    }

    @Test("A run that replaces another takes its record away at once, and leaves its own")
    func replaced() throws {
        _ = try request().run()
        var request = request(), wasThere = true
        request.start = .overwrite
        request.options.seed = 7
        var hooks = TrainingHooks()
        hooks.observe = { if case .step = $0 { wasThere = models.exists("out/lathe.json") } }
        _ = try request.run(hooks: hooks)
        #expect(!wasThere)
        #expect(try record().options.contains(.init("seed", "7")))
    }
}
