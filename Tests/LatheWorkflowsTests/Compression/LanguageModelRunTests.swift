import Foundation
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Language models: distilled, then compressed")
struct LanguageModelRunTests {
    private let runs: CompressionRuns
    private static let w8a8: [ConfigSection] = [
        .weights(8, ["attn", "mlp"], offset: 2), .inputs(8, ["attn", "mlp"], offset: 2),
    ]

    init() throws {
        runs = try CompressionRuns()
        try runs.models.gpt2("gpt2")
    }

    /// Distils a student of one layer for four steps, of which the log and the last step stay in its directory.
    private func distil() throws {
        var training = try runs.models.languageTraining("gpt2", to: "student")
        training.options = TrainingOptions(.steps(4), batchSize: 8, learningRate: 1e-3)
        var request = DistilledTraining(training, teacher: runs.models.path("gpt2"))
        request.layers = .lowest(1)
        _ = try request.run()
    }

    private func request(to output: String = "out", steps: Int = 4, isTaught: Bool = true) throws -> CompressionRequest
    {
        var request = try runs.request(Self.w8a8, .gpt2, model: "student", to: output, steps: steps)
        if isTaught { (request.teacher, request.distillation) = (runs.models.path("gpt2"), .languageModel) }
        return request
    }

    @Test(
        "A distilled student is quantised on a schedule of its own, which begins at step 0", arguments: [false, true])
    func schedule(isTaught: Bool) throws {
        try distil()
        var began: [Int: [Technique]] = [:], steps: [Int] = []
        let summary = try request(isTaught: isTaught).run(report: { event in
            if case .began(let techniques, let step) = event { began[step] = techniques }
            if case .training(.step(let progress)) = event { steps.append(progress.step) }
        })
        #expect(steps == [1, 2, 3, 4])
        #expect(began == [2: [.weightQuantization, .activationQuantization]])
        #expect(summary.largestDifference < 1e-5)
        let inputs = try runs.open("out").activationSchemes
        #expect(
            Set(inputs.keys)
                == Set(["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"].map { "transformer.h.0.\($0)" }))
    }

    @Test("Text and teacher count alike by default, and the measure stays that of the text")
    func learning() throws {
        try distil()
        let taught = try request().run(), alone = try request(to: "alone", isTaught: false).run()
        #expect(taught.before == alone.before)
        let losses = try ["out", "alone"].map {
            try runs.models.timelessLog("\($0)/training").compactMap { $0["loss"]?.double }.first ?? 0
        }
        #expect(losses[0] > losses[1])
    }

    @Test("Layers, attention and hidden states of a language model are met as those of a classifier")
    func reduction() throws {
        let layers = ConfigSection.layers([1], prefix: "transformer.h", others: ["wte", "wpe", "ln_f", "lm_head"])
        var request = try runs.request([layers], .gpt2)
        request.distillation = DistillationOptions()
        let summary = try request.run()
        #expect(summary.parametersAfter < summary.parametersBefore)
        #expect(try (runs.open("out").network as? GPT2LMHeadModel)?.transformer.blocks.count == 1)
    }

    @Test("A run that was stopped goes on to the same bytes")
    func resume() throws {
        try distil()
        _ = try request(to: "whole", steps: 5).run()
        var broken = try request(to: "broken", steps: 5), done = 0
        #expect(throws: TrainingError.interrupted(step: 3, directory: broken.training.output + "/training")) {
            try broken.run(
                shouldStop: { done == 3 },
                report: { if case .training(.step(let progress)) = $0 { done = progress.step } })
        }
        broken.training.start = .resume
        _ = try broken.run()
        #expect(try runs.models.bytes("broken/model.safetensors") == runs.models.bytes("whole/model.safetensors"))
    }

    @Test("Packed and fake-quantised, the measure on text is the same")
    func packed() throws {
        try distil()
        func perplexity(_ output: String, packs: Bool) throws -> Double {
            let config = try Self.w8a8.config()
            var request = PostTrainingQuantization(
                model: runs.models.path("student"), config: config, configFile: "c.json",
                output: runs.models.path(output))
            request.packs = packs
            _ = try request.run()
            var evaluation = ModelEvaluation(
                model: runs.models.path(output), task: .languageModeling, files: [runs.models.path("text.txt")])
            evaluation.maxLength = 12
            // Attention in floats for both: packed, it is usually bf16.
            return try #require(withPrecision(.float32) { try evaluation.run() }.evaluation["perplexity"])
        }
        let fake = try perplexity("fake", packs: false), packed = try perplexity("packed", packs: true)
        #expect(abs(packed / fake - 1) < 1e-4)
    }
}
