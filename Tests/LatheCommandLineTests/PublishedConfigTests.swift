import Foundation
import LatheFiles
import LatheModels
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("The configs that DeepSpeed's tutorials publish")
struct PublishedConfigTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert", labels: ["negative", "positive"]) {
            $0.encoder = EncoderConfiguration(hiddenSize: 48, layerCount: 12, headCount: 12, intermediateSize: 96)
        }
        try models.gpt2("gpt2") { ($0.hiddenSize, $0.headCount) = (64, 4) }
        try models.reviews("train.tsv", count: 40, seed: 1)
        try models.reviews("dev.tsv", count: 20, seed: 2)
        try models.file("text.txt", String(repeating: "The lathe turns the wood, and the chisel cuts it. ", count: 20))
    }

    private let reviews = "--task sst2 --train @train.tsv --dev @dev.tsv"

    /// Runs a command that has to succeed, and returns its JSON.
    @discardableResult
    private func run(_ command: String) throws -> JSONValue {
        let transcript = Transcript(),
            code = transcript.run((command + " --json").replacingOccurrences(of: "@", with: models.path + "/"))
        try #require(code == 0, "\(command): \(transcript.errors)")
        return try transcript.json()
    }

    private func write(_ config: PublishedConfig) throws { try models.file("c.json", config.json.text(.pretty)) }

    /// The bytes of a saved model's weights.
    private func size(_ name: String) throws -> Int { try models.bytes(name + "/model.safetensors").count }

    @Test(
        "BERT's plan, train with a teacher, reopen and are measured as they were",
        .tags(.slow), .unlessQuick,
        arguments: (PublishedConfig.bert + PublishedConfig.filled).filter { $0.name != "bert/ds_config" })
    func bert(_ config: PublishedConfig) throws {
        try write(config)
        try run("plan --model @bert --config @c.json --steps 60000")
        let summary = try run(
            "compress --model @bert --config @c.json --distill one_stage \(reviews) --steps 4 --batch 4 --out @out")
        let metrics = try run("eval --model @out --task sst2 --data @dev.tsv")["metrics"]
        #expect(metrics?["accuracy"] == summary["metrics"]?["accuracy"])
        // 64 groups are no rows of so small a model, and stay in floats.
        if config.name.contains("Qgroup1_") || config.name.contains("Qgroup48")
            || config.name.contains("layer_reduction")
        {
            #expect(try size("out") < size("bert"))
        }
    }

    @Test("A published file in which nothing is enabled is refused by every command that compresses")
    func nothing() throws {
        try write(PublishedConfig.bert[0])
        let transcript = Transcript()
        #expect(
            transcript.run(
                "compress --model \(models.path("bert")) --config \(models.path("c.json")) --task sst2 --train \(models.path("train.tsv")) --dev \(models.path("dev.tsv")) --steps 1 --out \(models.path("out"))"
            ) == 1)
        #expect(transcript.errors.contains("enabled"))
    }

    @Test(
        "ZeroQuant's flows round BERT without training, or distil it layer by layer", .tags(.slow), .unlessQuick,
        arguments: [false, true])
    func zeroQuant(distils: Bool) throws {
        let config = try #require(PublishedConfig.bert.first { $0.name.contains(distils ? "lkd" : "W8A8_Qgroup48") })
        try write(config)
        try run(
            "quantize --model @bert --config @c.json --out @out"
                + (distils ? " --lkd --calibration @train.tsv --task sst2 --lkd-steps 2" : ""))
        try run("eval --model @out --task sst2 --data @dev.tsv")
        #expect(try size("out") < size("bert") / 2)
    }

    @Test("XTC's second stage continues with the student of its first", .tags(.slow), .unlessQuick)
    func xtc() throws {
        try write(try #require(PublishedConfig.bert.first { $0.name.contains("layer_reduction_fp16") }))
        try run(
            "compress --model @bert --config @c.json --distill one_stage \(reviews) --steps 3 --batch 4 --out @student")
        try write(try #require(PublishedConfig.bert.first { $0.name.contains("layer_reduction_W1Q8") }))
        let command =
            "compress --model @student --teacher @bert --config @c.json --distill one_stage \(reviews) --steps 3 --batch 4 --out @out"
        let summary = try run(command), metrics = try run("eval --model @out --task sst2 --data @dev.tsv")["metrics"]
        #expect(metrics?["accuracy"] == summary["metrics"]?["accuracy"])
        #expect(try ModelConfiguration(directory: models.path("out")).json["num_hidden_layers"] == 6)
        #expect(try size("out") < size("student") / 4)
    }

    @Test(
        "GPT-2's are rounded without training, and train a few steps", .tags(.slow), .unlessQuick,
        arguments: PublishedConfig.gpt2)
    func gpt2(_ config: PublishedConfig) throws {
        try write(config)
        try run("plan --model @gpt2 --config @c.json")
        try run("quantize --model @gpt2 --config @c.json --out @rounded")
        try run(
            "compress --model @gpt2 --config @c.json --task lm --train @text.txt --dev @text.txt --max-length 16 --steps 2 --out @out"
        )
        for name in ["rounded", "out"] {
            let metrics = try run("eval --model @\(name) --task lm --data @text.txt")["metrics"]
            #expect((metrics?["perplexity"]?.double ?? 0) > 1, "\(name)")
            #expect(try size(name) < size("gpt2"), "\(name)")
        }
    }

    @Test(
        "CIFAR's channels are pruned together with what reads them, with batch normalisation or without",
        .tags(.slow), .unlessQuick,
        arguments: [true, false])
    func channels(hasBatchNorm: Bool) throws {
        try models.digits("digits", hasBatchNorm: hasBatchNorm)
        try write(PublishedConfig.channels)
        try run("plan --model @digits --config @c.json")
        try run("compress --model @digits --config @c.json --task digits --steps 3 --out @out")
        try run("eval --model @out --task digits")
        #expect(try size("out") < size("digits"))
    }

    @Test("MoQ's file trains to its last bits, and packs", .tags(.slow), .unlessQuick)
    func moq() throws {
        // The periods of the file are for epochs of thousands of steps.
        let bits = PublishedConfig.moq.json["quantize_training"]?.setting(
            "quantize_schedule", to: ["quantize_period": 1, "schedule_offset": 0])
        for (config, steps, isSmall) in [
            (PublishedConfig.moq.json, 4, false),
            (PublishedConfig.moq.json.setting("quantize_training", to: bits ?? [:]), 300, true),
        ] {
            try models.file("c.json", config.text(.pretty))
            try run(
                "compress --model @bert --config @c.json \(reviews) --steps \(steps) --batch 2 --out @out --overwrite")
            try run("eval --model @out --task sst2 --data @dev.tsv")
            #expect(try (size("out") < size("bert") / 2) == isSmall)
        }
    }
}
