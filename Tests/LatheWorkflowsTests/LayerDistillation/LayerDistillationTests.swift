import Foundation
import LatheModels
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Layers that learn one by one")
struct LayerDistillationTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private struct Killed: Error {}

    private static let lowBits: [ConfigSection] = [
        .weights(3, ConfigSection.bertLayers), .inputs(8, ConfigSection.bertLayers),
    ]
    private static let gptBits: [ConfigSection] = [
        .weights(3, ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"])
    ]

    private func request(
        _ sections: [ConfigSection] = lowBits, model: String = "bert", to output: String = "out",
        inputs: LayerDistillationOptions.Inputs = .float,
        calibration: LayerDistillation.Calibration? = nil
    ) throws -> PostTrainingQuantization {
        var request = try PostTrainingQuantization(
            model: runs.models.path(model), config: sections.config(), configFile: "c.json",
            output: runs.models.path(output))
        var distillation = LayerDistillation(calibration ?? .file(runs.models.path("train.tsv"), task: .glue(.sst2)))
        distillation.options.steps = 60
        distillation.options.learningRate = 2e-3
        distillation.options.batchSize = 8
        distillation.options.inputs = inputs
        request.distillation = distillation
        request.packs = false  // tests look at values
        return request
    }

    /// How far the last hidden states of a model are from those of `bert`, on the texts that layers learned from.
    private func distance(_ name: String) throws -> Float {
        let network = try #require(runs.open("bert").network as? BertForSequenceClassification)
        let batch = TokenBatch(
            joining: try CalibrationTokens(
                path: runs.models.path("train.tsv"), task: .glue(.sst2), for: network, in: runs.models.path("bert")
            ).ids)
        func states(_ name: String) throws -> Tensor {
            let network = try #require(runs.open(name).network as? BertForSequenceClassification)
            return withInference { network.bert(batch).hidden }
        }
        return try (states(name) - states("bert")).sumOfSquares()
    }

    @Test(
        "A model of few bits comes nearer to the float one, by float inputs and by those of quantised layers",
        arguments: LayerDistillationOptions.Inputs.allCases)
    func nearer(inputs: LayerDistillationOptions.Inputs) throws {
        var plain = try request(to: "plain")
        plain.distillation = nil
        _ = try plain.run()
        let summary = try request(inputs: inputs).run()
        #expect(summary.layers.count == 2)
        #expect(summary.layers.allSatisfy { $0.lastLoss < 0.7 * $0.firstLoss }, "\(summary.layers)")
        #expect(summary.largestDifference < 1e-6)
        let (before, after) = (try distance("plain"), try distance("out"))
        #expect(after < 0.8 * before, "\(before) to \(after)")
        let model = try runs.open("out"),
            weight = try #require(model.parameter("bert.encoder.layer.1.output.dense.weight"))
        #expect(Set(weight.floatArray).count <= 8)
        #expect(
            model.parameter("classifier.weight")?.floatArray
                == (try runs.open("bert").parameter("classifier.weight")?.floatArray))
        #expect(!runs.models.exists("out/distillation"))
    }

    @Test(
        "What stands outside layers is rounded without learning, and layers behind quantised embeddings make up for them"
    )
    func embeddings() throws {
        let sections: [ConfigSection] = [.weights(3, ConfigSection.bertLayers + ["word_embeddings"])],
            path = "bert.embeddings.word_embeddings.weight"
        var plain = try request(sections, to: "plain")
        plain.distillation = nil
        _ = try plain.run()
        for inputs in LayerDistillationOptions.Inputs.allCases {
            _ = try request(sections, to: inputs.rawValue, inputs: inputs).run()
            #expect(
                try runs.open(inputs.rawValue).parameter(path)?.floatArray
                    == runs.open("plain").parameter(path)?.floatArray)
        }
        let (float, quantized) = (try distance("float"), try distance("quantized"))
        #expect(quantized < 0.9 * float, "\(quantized), by float inputs \(float)")
    }

    @Test("A causal language model learns from a text, and from random tokens", arguments: [true, false])
    func languageModel(isRandom: Bool) throws {
        try runs.models.gpt2("gpt2")
        let text = try runs.models.file(
            "text.txt", String(repeating: "in the film it is dark. the rain in the street is cold. ", count: 60))
        var request = try request(Self.gptBits, model: "gpt2", calibration: isRandom ? .random : .file(text))
        request.distillation?.maxLength = 12
        let summary = try request.run()
        #expect(summary.layers.allSatisfy { $0.lastLoss < 0.9 * $0.firstLoss }, "\(summary.layers)")
        let weight = try #require(runs.open("out").parameter("transformer.h.0.mlp.c_fc.weight"))
        #expect(Set(weight.floatArray).count <= 8)
    }

    @Test(
        "A run that was killed goes on behind its last finished layer, to the very same model",
        arguments: LayerDistillationOptions.Inputs.allCases)
    func resume(inputs: LayerDistillationOptions.Inputs) throws {
        let whole = try request(to: "whole", inputs: inputs).run()
        var again = try request(inputs: inputs), restored: [Int] = []
        again.distillation?.options.steps = 60
        #expect(throws: CompressionError.unfinished(directory: runs.models.path("out/distillation"))) {
            // A process that is killed leaves layer 0 only.
            try killed(inputs)
            _ = try again.run()
        }
        again.distillation?.resumes = true
        let summary = try again.run { if case .restored(let layer, _) = $0 { restored.append(layer) } }
        #expect(restored == [0])
        #expect(summary.layers == whole.layers)
        #expect(try runs.models.bytes("out/model.safetensors") == runs.models.bytes("whole/model.safetensors"))
    }

    /// Leaves the first layer of a run, as if the process had ended then.
    private func killed(_ inputs: LayerDistillationOptions.Inputs) throws {
        let model = try runs.open("bert"), network = try #require(model.network as? any LayeredTransformer),
            request = try request(inputs: inputs)
        let compression = try Compression(request.config.compression, of: model, file: "c.json")
        compression.attach()
        compression.finish()
        let options = try #require(request.distillation?.options)
        let tokens = try CalibrationTokens(
            path: runs.models.path("train.tsv"), task: .glue(.sst2), for: network, in: runs.models.path("bert"))
        let progress = LayerProgress(
            directory: request.output + "/distillation",
            identity: request.distillation?.identity(request.model, request.config.compression, tokens.identity) ?? "")
        try progress.begin(isResuming: false)
        var isKilled = false
        let step = DistillationStep(options) { if case .finished(0, _) = $0 { isKilled = true } }
        let walk = LayerWalk(network, step: step, progress: progress, seed: options.seed)
        _ = try walk.run(
            on: tokens.batches(of: options.batchSize, atMost: options.steps, seed: options.seed).map(network.layerBatch)
        )
        try #require(isKilled)
        try FileManager.default.removeItem(atPath: progress.directory + "/layer-1.safetensors")
    }

    @Test("Layers of another run do not belong to this one")
    func otherRun() throws {
        try killed(.float)
        var other = try request()
        other.distillation?.resumes = true
        other.distillation?.options.seed = 7
        let error = #expect(throws: CompressionError.self) { _ = try other.run() }
        #expect(error?.description.contains("layer-0.safetensors: is a layer of another run") == true)
        other.overwrites = true
        other.distillation?.resumes = false
        #expect(try other.run().layers.count == 2)
    }

    @Test("A damaged layer's description does not fill the screen")
    func longDescription() {
        let error = CompressionError.differentDistillation(
            file: "f", found: String(repeating: "a", count: 1_000_000), expected: "b")
        #expect(error.description.utf8.count < 5000)
    }

    @Test("What cannot learn, or be learned from, is told")
    func misfits() throws {
        func message(_ request: PostTrainingQuantization) -> String {
            do {
                _ = try request.run()
                return ""
            } catch {
                return "\(error)"
            }
        }
        try runs.models.digits("digits", hasBatchNorm: true)
        #expect(
            message(try request([.weights(8, ["conv"])], model: "digits")).contains(
                "a ResNet has no stack of equal layers"))
        #expect(
            message(try request(calibration: .file(runs.models.path("none.txt")))).contains("none.txt: cannot open"))
        let empty = try runs.models.file("empty.txt", "\n\n")
        #expect(message(try request(calibration: .file(empty))).contains("empty.txt"))
        var long = try request(calibration: .random)
        long.distillation?.maxLength = 25
        #expect(message(long) == "a length of 25 tokens: the model takes 2 to 24")
        #expect(!runs.models.exists("out/model.safetensors"))
    }

    @Test(
        "Text is cut into blocks for language models, and read line by line for others; batches are full and follow the seed"
    )
    func calibration() throws {
        try runs.models.gpt2("gpt2")
        let text = try runs.models.file("text.txt", "the film\nis great\n\nthis movie is bad .\n"),
            lines = try runs.models.file("t.jsonl", #"{"text": "the film is nice ."}"# + "\n")
        func tokens(_ model: String, _ path: String, _ length: Int? = nil) throws -> CalibrationTokens {
            let network = try #require(runs.open(model).network as? any LayeredTransformer)
            return try CalibrationTokens(path: path, for: network, in: runs.models.path(model), maxLength: length)
        }
        #expect(try tokens("bert", text).ids.map(\.count) == [4, 4, 7])
        #expect(try tokens("bert", text, 3).ids.map(\.count) == [3, 3, 3])
        #expect(try tokens("bert", lines).ids.map(\.count) == [7])
        let blocks = try tokens("gpt2", text, 8).ids
        #expect(blocks.count > 1 && blocks.allSatisfy { $0.count == 8 })
        #expect(try tokens("gpt2", lines).ids.count == 1)
        let random = CalibrationTokens(random: 10, length: 5, vocabularySize: 9, seed: 1)
        #expect(random.ids.allSatisfy { $0.count == 5 && $0.allSatisfy { (0..<9).contains($0) } })
        #expect(random.batches(of: 4, atMost: 9, seed: 1).map(\.count) == [4, 4])
        #expect(random.batches(of: 4, atMost: 1, seed: 1).count == 1)
        #expect(random.batches(of: 40, atMost: 9, seed: 1).map(\.count) == [10])
        #expect(
            random.batches(of: 4, atMost: 9, seed: 1)[0].ids.int32Array
                == random.batches(of: 4, atMost: 9, seed: 1)[0].ids.int32Array)
        #expect(
            random.batches(of: 4, atMost: 9, seed: 1)[0].ids.int32Array
                != random.batches(of: 4, atMost: 9, seed: 2)[0].ids.int32Array)
    }
}
