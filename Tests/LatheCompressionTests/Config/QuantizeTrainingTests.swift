import LatheFiles
import LatheTestModels
import LatheTestFiles
import Testing

@testable import LatheCompression

@Suite("MoQ as older configs ask for it")
struct QuantizeTrainingTests {
    private func read(_ section: JSONValue, beside others: JSONValue = [:]) throws -> DeepSpeedConfig {
        try DeepSpeedConfig(
            json: .object([.init("quantize_training", section)] + (others.object ?? [])), file: "c.json")
    }

    private func problem(_ section: JSONValue, beside others: JSONValue = [:]) -> String {
        do {
            _ = try read(section, beside: others)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let tutorialSection: JSONValue = [
        "enabled": true, "quantize_type": "symmetric", "quantize_bits": ["start_bits": 12, "target_bits": 8],
        "quantize_schedule": ["quantize_period": 10, "schedule_offset": 0], "quantize_groups": 8,
        "eigenvalue": ["enabled": true, "max_iter": 50, "layer_name": "bert.encoder.layer", "layer_num": 12],
    ]

    @Test("The tutorial's section is that of all weights after each step, with its eigenvalues")
    func tutorial() throws {
        let weights = try read(Self.tutorialSection, beside: ["fp16": ["enabled": true]]).compression.weightQuantization
        #expect(
            weights.isEnabled && !weights.isInForward && weights.grid == .symmetric
                && weights.groupCount == 8 && weights.scheduleOffset == 0)
        #expect(weights.groups.map(\.parameters) == [.init(startBits: 12, targetBits: 8, period: 10)])
        #expect(weights.groups.map(\.scope) == [ModuleScope([.everything])])
        #expect(
            weights.followsCurvature && weights.eigenvalue.maximumIterations == 50
                && weights.eigenvalue.layerCount == 12)
    }

    @Test("What is absent is DeepSpeed's default")
    func defaults() throws {
        let weights = try read(["enabled": true]).compression.weightQuantization
        #expect(weights.groups.map(\.parameters) == [.init(startBits: 16, targetBits: 8, period: 1000)])
        #expect(
            weights.scheduleOffset == 1000 && weights.groupCount == 1 && weights.rounding == .nearest
                && !weights.mixing.isEnabled)
    }

    @Test("The algorithm may have a section of its own", arguments: ["quantize_algo", "quantize-algo"])
    func algorithm(key: String) throws {
        let section: JSONValue = [
            "enabled": true, "fp16_mixed_quantize": ["enabled": true, "quantize_change_ratio": 0.1],
        ]
        let weights = try read(section.setting(key, to: ["q_type": "asymmetric", "rounding": "stochastic"])).compression
            .weightQuantization
        #expect(weights.grid == .asymmetric && weights.rounding == .stochastic)
        #expect(weights.mixing.isEnabled && weights.mixing.changeRatio == 0.1)
    }

    @Test("A section that is disabled is not read")
    func disabled() throws {
        #expect(try !read(["enabled": false, "quantize_bits": 3]).compression.weightQuantization.isEnabled)
    }

    @Test("What is wrong in it is named, and it does not go beside the newer section")
    func mistakes() {
        #expect(
            problem(["enabled": true, "quantize_bit": [:]])
                == "c.json: quantize_training.quantize_bit: unknown key; did you mean quantize_bits?")
        #expect(
            problem(["enabled": true, "quantize_bits": ["start_bits": 4, "target_bits": 8]])
                == "c.json: quantize_training.quantize_bits.target_bits: expected at most start_bits = 4, got 8; bits only fall"
        )
        #expect(
            problem(Self.tutorialSection, beside: [ConfigSection.weights(8, ["query"])].json)
                == "c.json: quantize_training: is enabled beside compression_training.weight_quantization; keep one of them"
        )
    }

    @Test("A run loses bits in all layers", .tags(.slow), .unlessQuick)
    func run() throws {
        let runs = try CompressionRuns()
        var request = try runs.request([.weights(8, ["query"])], steps: 4)
        request.config = try read([
            "enabled": true, "quantize_bits": ["start_bits": 5, "target_bits": 4],
            "quantize_schedule": ["quantize_period": 2, "schedule_offset": 0],
            "eigenvalue": ["enabled": true, "layer_name": "bert.encoder.layer"],
        ])
        #expect(try request.run().largestDifference < 1e-6)
        let model = try runs.open("out")
        for name in [
            "encoder.layer.0.attention.self.query", "encoder.layer.1.output.dense", "embeddings.word_embeddings",
            "pooler.dense",
        ] {
            #expect(Set(try #require(model.parameter("bert.\(name).weight")).floatArray).count <= 16, "\(name)")
        }
    }
}
