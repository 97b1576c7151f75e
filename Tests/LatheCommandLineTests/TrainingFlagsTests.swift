import ArgumentParser
import LatheCompression
import LatheFiles
import LatheNN
import LatheTraining
import Testing

@testable import LatheCommandLine

@Suite("Flags of training, and what a config says")
struct TrainingFlagsTests {
    private func options(_ flags: String, _ json: JSONValue? = nil) throws -> TrainingOptions {
        let config = try json.map { try DeepSpeedConfig(json: $0, file: "c.json") }
        return try TrainingFlags.parse(flags.split(separator: " ").map(String.init)).options(
            for: .languageModeling, config)
    }

    private static let batches: JSONValue = ["train_batch_size": 256, "train_micro_batch_size_per_gpu": 4]

    @Test(
        "A batch on the command line keeps the size of the config's parts",
        arguments: [("", 256, 64), ("--batch 8", 8, 2), ("--batch 10", 10, 3), ("--batch 2", 2, 1)])
    func batches(_ flags: String, _ batch: Int, _ accumulation: Int) throws {
        let options = try options(flags, Self.batches)
        #expect((options.batchSize, options.accumulation) == (batch, accumulation))
        #expect(try options.plan(exampleCount: 1000).stepsPerEpoch == (1000 + batch - 1) / batch)
    }

    @Test("An accumulation on the command line goes before both")
    func accumulation() throws {
        let options = try options("--batch 8 --accumulation 8", Self.batches)
        #expect((options.batchSize, options.accumulation) == (8, 8))
        #expect(try self.options("--accumulation 2", Self.batches).batchSize == 256)
    }

    @Test("Constants of Adam go over the config's, one by one")
    func adam() throws {
        let json: JSONValue = ["optimizer": ["type": "AdamW", "params": ["betas": [0.8, 0.95]]]]
        #expect(
            try options("--adam-beta2 0.9 --adam-eps 1e-6", json).method
                == .adamW(.init(beta1: 0.8, beta2: 0.9, epsilon: 1e-6)))
        #expect(
            try options("--optimizer lamb --adam-beta1 0.5").method
                == .lamb(.init(adam: Adam.Constants(beta1: 0.5))))
        #expect(throws: (any Error).self) { try options("--optimizer sgd --adam-beta1 0.5") }
    }

    @Test("Durations and warm-ups may be tokens, and a rate may have a least value")
    func tokens() throws {
        let options = try options("--train-tokens 1000 --warmup-tokens 100 --min-lr 1e-6")
        #expect(options.duration == .tokens(1000))
        #expect(options.warmUp == .tokens(100))
        #expect((options.lowestRate, options.warmupStart) == (1e-6, 0))
    }

    @Test(
        "Flags that contradict each other are refused",
        arguments: ["--steps 3 --train-tokens 9", "--epochs 3 --train-tokens 9", "--warmup 3 --warmup-tokens 9"])
    func contradictions(_ flags: String) {
        #expect(throws: (any Error).self) { try options(flags) }
    }
}
