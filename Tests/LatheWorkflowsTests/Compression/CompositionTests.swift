import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTestModels
import LatheTestFiles
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Techniques alone and together, from a model to a smaller one in a directory")
struct CompositionTests {
    struct Composition: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable () -> [ConfigSection]
        /// Shapes of weights afterwards.
        var shapes: [String: [Int]] = [:]
        /// How far the cleaned model may be from the masked one.
        var tolerance: Float = 1e-5
        var isDistilled = false
        /// Layers that quantise their inputs afterwards.
        var quantizedInputs = 0
    }

    private static let layer = "bert.encoder.layer.1."
    private static let block = "transformer.h.1."
    private static let compositions: [Composition] = [
        Composition(
            testDescription: "W8A8",
            sections: { [.weights(8, ConfigSection.bertLayers, groups: 4), .inputs(8, ConfigSection.bertLayers)] },
            quantizedInputs: 12),
        Composition(
            testDescription: "W2 with the word embedding",
            sections: { [.weights(2, ConfigSection.bertLayers + ["word_embeddings"])] }),
        Composition(testDescription: "sparse l1", sections: { [.sparse(0.3, ConfigSection.bertLayers)] }),
        Composition(
            testDescription: "sparse topk", sections: { [.sparse(0.3, ConfigSection.bertLayers, method: "topk")] }),
        Composition(
            testDescription: "sparse l1 and W8",
            sections: { [.weights(8, ConfigSection.bertLayers), .sparse(0.3, ConfigSection.bertLayers)] }),
        Composition(
            testDescription: "rows", sections: { [.bertRows] },
            shapes: [layer + "intermediate.dense": [12, 16], layer + "output.dense": [16, 12]]),
        Composition(
            testDescription: "heads", sections: { [.bertHeads] },
            shapes: [
                layer + "attention.self.value": [8, 16], layer + "attention.output.dense": [16, 8],
                layer + "output.dense": [16, 24],
            ]),
        Composition(
            testDescription: "W8A8, heads and rows",
            sections: {
                [.weights(8, ConfigSection.bertLayers), .inputs(8, ConfigSection.bertLayers), .bertHeads, .bertRows]
            },
            shapes: [
                layer + "attention.self.query": [8, 16], layer + "attention.output.dense": [16, 8],
                layer + "intermediate.dense": [12, 16],
            ],
            tolerance: 2e-2, quantizedInputs: 12),
        Composition(
            testDescription: "rows of the pooler", sections: { [.rows(0.5, ["pooler"], ["classifier"])] },
            shapes: ["bert.pooler.dense": [8, 16], "classifier": [2, 8]]),
        Composition(
            testDescription: "fewer layers", sections: { [.layers([1])] },
            shapes: ["bert.encoder.layer.0.output.dense": [16, 24]]),
        Composition(
            testDescription: "fewer layers, W1A8, distilled",
            sections: {
                [
                    .layers([1]), .weights(1, ConfigSection.bertLayers + ["word_embeddings"]),
                    .inputs(8, ConfigSection.bertLayers),
                ]
            },
            shapes: ["bert.encoder.layer.0.output.dense": [16, 24]], isDistilled: true, quantizedInputs: 6),
        Composition(
            testDescription: "GPT-2's heads and rows", kind: .gpt2, sections: { [.gptHeads, .gptRows] },
            shapes: [
                block + "attn.c_attn": [24, 16], block + "attn.c_proj": [16, 8], block + "mlp.c_fc": [32, 16],
                block + "mlp.c_proj": [16, 32],
            ]),
        Composition(
            testDescription: "GPT-2's W8A8 with the word embedding", kind: .gpt2,
            sections: { [.weights(8, ["attn", "mlp", "wte"]), .inputs(8, ["attn", "mlp"])] }, quantizedInputs: 8),
        Composition(
            testDescription: "GPT-2's W4 with the head alone", kind: .gpt2, sections: { [.weights(4, ["lm_head"])] }),
        Composition(
            testDescription: "channels without normalisation", kind: .plainImages,
            sections: { [.channels(0.5, ["layer....conv1"], ["layer....conv2"])] },
            shapes: ["layer2.0.conv1": [4, 4, 3, 3], "layer2.0.conv2": [8, 4, 3, 3]]),
        Composition(
            testDescription: "channels with normalisation, W8A8", kind: .images,
            sections: {
                [
                    .weights(8, ["conv"]), .inputs(8, ["layer....conv"]),
                    .channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"], method: "topk"),
                ]
            }, shapes: ["layer2.0.conv1": [4, 4, 3, 3], "layer2.0.conv2": [8, 4, 3, 3], "layer2.0.bn1": [4]],
            tolerance: 0.1, quantizedInputs: 6),
    ]

    @Test(
        "The saved model is the masked one without what was masked, opens again, and computes the same",
        arguments: compositions)
    func composition(_ composition: Composition) throws {
        let runs = try CompressionRuns()
        var request = try runs.request(composition.sections(), composition.kind), student: PretrainedModel?
        if composition.isDistilled { request.distillation = DistillationOptions() }
        let summary = try request.run(report: { if case .planned(_, let model, _) = $0 { student = model } })
        let model = try runs.open("out"), inMemory = try #require(student)
        #expect(
            summary.largestDifference <= composition.tolerance,
            "cleaning changes outputs by \(summary.largestDifference)")
        for (path, shape) in composition.shapes {
            #expect(model.parameter(path + ".weight")?.shape == shape, "\(path)")
        }
        #expect(model.network.parameterCount == summary.parametersAfter)
        #expect(summary.plan.parametersAfter == summary.parametersAfter)
        #expect(model.activationSchemes.count == composition.quantizedInputs)
        #expect(CompressionRuns.outputs(model).floatArray == CompressionRuns.outputs(inMemory).floatArray)
        #expect(try summary.byteCount == runs.models.bytes("out/model.safetensors").count)
    }

    @Test(
        "Measuring the saved model gives what the summary says, floats of 16 bits included",
        arguments: CompressionRuns.Kind.allCases, [DType.float32, .bfloat16])
    func measures(_ kind: CompressionRuns.Kind, _ floats: DType) throws {
        let runs = try CompressionRuns()
        let layers = ["bert": ConfigSection.bertLayers, "gpt2": ["attn", "mlp"]][kind.rawValue] ?? ["layer....conv"]
        var request = try runs.request([.weights(4, layers), .inputs(4, layers)], kind)
        request.floats = floats
        let summary = try request.run()
        var evaluation = ModelEvaluation(
            model: runs.models.path("out"), task: request.training.task, files: request.training.dev)
        if kind == .gpt2 { (evaluation.maxLength, evaluation.stride) = (12, 12) }
        #expect(try evaluation.run().evaluation == summary.after)
    }

    @Test(
        "Inputs go on being quantised after reopening, and after a second compression that names other layers, or the same with other bits"
    )
    func inputs() throws {
        let runs = try CompressionRuns()
        _ = try runs.request([.inputs(4, ["intermediate"])], to: "first").run()
        let first = try runs.open("first")
        let layer = try #require(
            first.network.namedModules.first { $0.path == "bert.encoder.layer.0.intermediate.dense" }?.module as? Linear
        )
        #expect(layer.activationTransforms.list.count == 1)
        #expect(layer.activationTransforms.list.first?.isActive == true)
        _ = try runs.request([.sparse(0.5, ["intermediate"])], model: "first", to: "second").run()
        #expect(try runs.open("second").activationSchemes == first.activationSchemes)
        _ = try runs.request([.inputs(8, ["self.query"])], model: "first", to: "fourth").run()
        #expect(try runs.open("fourth").activationSchemes.values.map(\.bits).sorted() == [4, 4, 8, 8])
        _ = try runs.request([.inputs(8, ["intermediate"])], model: "first", to: "third").run()
        let third = try runs.open("third"),
            again = try #require(
                third.network.namedModules.first { $0.module is Linear && $0.path.contains("intermediate") })
        #expect(third.activationSchemes[again.path]?.bits == 8)
        #expect((again.module as? Linear)?.activationTransforms.list.count == 1)
    }

    @Test("A model that was pruned can be pruned again")
    func twice() throws {
        let runs = try CompressionRuns()
        _ = try runs.request([.bertRows, .bertHeads], to: "first").run()
        let summary = try runs.request([.bertRows], model: "first", to: "second").run()
        let model = try runs.open("second")
        #expect(summary.largestDifference < 1e-5)
        #expect(model.parameter("bert.encoder.layer.0.intermediate.dense.weight")?.shape == [6, 16])
        #expect(model.configuration.pruned.heads["bert.encoder.layer.0.attention.self"] == 1)
        #expect(model.network.parameterCount == summary.plan.parametersAfter)
    }

    @Test("What a config with unknown fields said is kept in the compressed model's")
    func hubFields() throws {
        let runs = try CompressionRuns()
        let text = try String(decoding: runs.models.bytes("bert/config.json"), as: UTF8.self)
        try runs.models.file(
            "bert/config.json",
            StrictJSON.parse(text).setting("torch_dtype", to: "float16").setting("gradient_checkpointing", to: false)
                .text())
        _ = try runs.request([.bertRows]).run()
        let saved = try StrictJSON.parse(String(decoding: runs.models.bytes("out/config.json"), as: UTF8.self))
        #expect(saved["gradient_checkpointing"] == false)
        #expect(saved["torch_dtype"] == "float32")
        #expect(saved["lathe_pruned"]?["shapes"]?["bert.encoder.layer.0.intermediate.dense"] == [12, 16])
    }
}
