import Foundation
import LatheNN
import LatheTensor
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("A compression run: schedule, best model, resuming, what is in the way")
struct CompressionRunTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func bytes(_ directory: String) throws -> [Data] {
        try ["model.safetensors", "config.json"].map { try runs.models.bytes("\(directory)/\($0)") }
    }

    @Test("Techniques are announced at their offsets, and only a model from the last one on can be the best")
    func schedule() throws {
        let sections: [ConfigSection] = [
            .weights(4, ["intermediate"], offset: 1), .inputs(8, ["intermediate"], offset: 1),
            .sparse(0.5, ["query"], offset: 3),
        ]
        let request = try runs.request(sections, steps: 5)
        var began: [Int: [Technique]] = [:], bestSteps: [Int] = []
        let summary = try request.run(report: { event in
            if case .began(let techniques, let step) = event { began[step] = techniques }
            if case .training(.evaluation(let evaluated, isBest: true)) = event { bestSteps.append(evaluated.step) }
        })
        #expect(began == [1: [.weightQuantization, .activationQuantization], 3: [.sparsePruning]])
        #expect(bestSteps.first == 3)
        #expect(summary.result?.best?.step ?? 0 >= 3)
        let saved = try runs.open("out").parameter("bert.encoder.layer.0.attention.self.query.weight")
        #expect(saved?.floatArray.filter { $0 == 0 }.count == 128)
    }

    private static let whole: [ConfigSection] = [
        .weights(8, ConfigSection.bertLayers), .inputs(8, ConfigSection.bertLayers), .bertHeads, .bertRows,
    ]

    /// Runs to `step` and stops.
    private func interrupt(_ request: CompressionRequest, after step: Int) throws {
        var done = 0
        do {
            _ = try request.run(
                shouldStop: { done == step },
                report: { if case .training(.step(let progress)) = $0 { done = progress.step } })
            Issue.record("the run was not stopped")
        } catch TrainingError.interrupted(let stopped, _) {
            #expect(stopped == step)
        }
    }

    @Test("A run that was stopped goes on to the same bytes", arguments: [false, true])
    func resume(isDistilled: Bool) throws {
        func request(to output: String) throws -> CompressionRequest {
            var request = try runs.request(Self.whole, to: output, steps: 5)
            if isDistilled {
                request.distillation = DistillationOptions()
                request.teacher = try runs.models.bert("wide", labels: ["negative", "positive"]) {
                    $0.encoder.hiddenSize = 24
                }
            }
            return request
        }
        _ = try request(to: "whole").run()
        var broken = try request(to: "broken")
        try interrupt(broken, after: 2)
        #expect(!runs.models.exists("broken/model.safetensors"))
        broken.training.start = .resume
        // The files of both runs are the same; the identity of a run does not know where it writes.
        _ = try broken.run()
        #expect(try bytes("broken") == bytes("whole"))
    }

    @Test("A run that was killed between training and cleaning is cleaned with --resume")
    func cleaning() throws {
        var request = try runs.request(Self.whole)
        _ = try request.run()
        let whole = try bytes("out")
        for file in ["model.safetensors", "config.json"] {
            try FileManager.default.removeItem(atPath: runs.models.path("out/\(file)"))
        }
        request.training.start = .resume
        let summary = try request.run()
        #expect(summary.result == nil)
        #expect(try bytes("out") == whole)
    }

    @Test("A run does not go on under another config, stopped or finished", arguments: [true, false])
    func otherConfig(isStopped: Bool) throws {
        if isStopped {
            try interrupt(runs.request(Self.whole), after: 1)
        } else {
            _ = try runs.request(Self.whole).run()
        }
        var other = try runs.request([
            .weights(4, ConfigSection.bertLayers), .inputs(8, ConfigSection.bertLayers), .bertHeads, .bertRows,
        ])
        other.training.start = .resume
        let message = runs.message(other)
        #expect(message.contains("belongs to another training run") && message.contains("compressed by"), "\(message)")
    }

    @Test(
        "An occupied directory is refused and stays as it is, and is replaced on request",
        arguments: [TrainingStart.new, .resume])
    func occupied(start: TrainingStart) throws {
        try runs.models.bert("out", labels: ["a", "b"])
        let before = try bytes("out")
        var request = try runs.request([.bertRows])
        request.training.start = start
        #expect(
            runs.message(request).contains("out: holds a model; replace it, or name another directory"))
        #expect(try bytes("out") == before)
        #expect(!runs.models.exists("out/training"))
        request.training.start = .overwrite
        #expect(runs.message(request).isEmpty)
        #expect(try runs.open("out").parameter("bert.encoder.layer.0.intermediate.dense.weight")?.shape == [12, 16])
    }

    @Test("Without files to measure with, the last model is cleaned and saved")
    func withoutMeasuring() throws {
        var request = try runs.request(Self.whole)
        request.training.dev = []
        let summary = try request.run()
        #expect(summary.before == nil && summary.after == nil)
        #expect(try runs.open("out").network.parameterCount == summary.parametersAfter)
    }

    @Test("A finished or begun run is not replaced unasked")
    func occupiedByRun() throws {
        let request = try runs.request(Self.whole)
        try interrupt(request, after: 1)
        #expect(runs.message(request).contains("holds a training run (training.jsonl); resume it"))
    }

    @Test("A student that was reduced before begins as it is")
    func reducedStudent() throws {
        _ = try runs.request([.layers([1])], to: "small").run()
        var request = try runs.request([.layers([1]), .weights(8, ConfigSection.bertLayers)], model: "small")
        request.teacher = runs.models.path("bert")
        let small = try runs.open("small"), path = "bert.encoder.layer.0.output.dense.weight"
        var first: [Float]?
        let summary = try request.run(report: {
            if case .planned(_, let student, _) = $0 { first = student.parameter(path)?.floatArray }
        })
        #expect(first == small.parameter(path)?.floatArray)
        #expect(summary.parametersAfter == small.network.parameterCount)
        // Without a teacher that has them, the named layers are not there.
        request.teacher = nil
        request.training.output = runs.models.path("none")
        #expect(runs.message(request).contains("teacher_layer: 1 is none of the teacher's layers 0…0"))
    }

    @Test("The measure before compression is that of the model as it was, with all of its layers")
    func before() throws {
        let summary = try runs.request([.layers([1])]).run()
        let evaluation = try ModelEvaluation(
            model: runs.models.path("bert"), task: .glue(.sst2), files: [runs.models.path("dev.tsv")]
        ).run().evaluation
        #expect(summary.before == evaluation)
        #expect(try summary.parametersBefore == runs.open("bert").network.parameterCount)
    }

    @Test(
        "A model that was pruned or quantises its inputs has no layers left out",
        arguments: [[ConfigSection.bertRows], [.inputs(8, ["intermediate"])]])
    func reductionOfCompressed(sections: [ConfigSection]) throws {
        _ = try runs.request(sections, to: "first").run()
        let message = try runs.message(runs.request([.layers([1])], model: "first"))
        #expect(
            message.contains("layer_reduction: the model was pruned, or quantises its inputs, already"), "\(message)")
        #expect(!runs.models.exists("out"))
    }

    @Test(
        "Scores begin at magnitudes, so that the first masks keep what is large, or at noise; heads at noise unless told otherwise"
    )
    func scores() throws {
        let model = try runs.open("bert"), config = try [ConfigSection.bertRows].config().compression
        let path = "bert.encoder.layer.0.intermediate.dense"
        let weight = try #require(model.parameter(path + ".weight"))
        let largest = weight.absolute().sum(axis: 1).floatArray.enumerated().sorted { $0.element > $1.element }.prefix(
            12
        ).map(\.offset).sorted()
        func kept(_ start: ScoreStart, _ seed: UInt64) throws -> [Int] {
            let model = try runs.open("bert")
            let compression = try withRandomSource(RandomSource(seed: seed)) {
                try Compression(config, of: model, scores: start, file: "c.json")
            }
            compression.attach()
            let layer = try #require(model.network.namedModules.first { $0.path == path }?.module as? Linear)
            return PruningMasks.kept(try #require(layer.weightTransforms.first as? PruningMask))
        }
        #expect(try kept(.magnitude, 1) == largest)
        #expect(try kept(.noise, 1) == kept(.noise, 1))
        #expect(try kept(.noise, 1) != kept(.noise, 2))
        #expect(try kept(.standard, 1) == largest)
        #expect(ScoreStart.allCases.map { $0.isNoise(for: .headPruning) } == [true, false, true])
    }
}
