import LatheCheckpoints
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheWorkflows

@Suite("Models whose weights lie in their bits")
struct PackedModelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable () -> [ConfigSection]
        /// Layers that become packed.
        let packed: Int
        /// Whether inputs are rounded: then sums in another order may tip a rounding over, and outputs differ visibly.
        var roundsInputs = false
        var note: String?
    }

    private static let bert = ConfigSection.bertLayers

    static let cases: [Case] = [
        Case(
            testDescription: "BERT W8A8", sections: { [.weights(8, bert, groups: 4), .inputs(8, bert)] }, packed: 12,
            roundsInputs: true),
        Case(
            testDescription: "BERT W8A8 asymmetric, with the word embedding",
            sections: {
                [
                    .weights(8, bert + ["word_embeddings"], groups: 4, type: "asymmetric"),
                    .inputs(8, bert, type: "asymmetric"),
                ]
            }, packed: 13, roundsInputs: true),
        Case(
            testDescription: "BERT W8A8 static", sections: { [.weights(8, bert), .inputs(8, bert, range: "static")] },
            packed: 12, roundsInputs: true),
        Case(
            testDescription: "BERT W4A4", sections: { [.weights(4, bert), .inputs(4, bert)] }, packed: 12,
            roundsInputs: true),
        Case(
            testDescription: "BERT W4, groups of 8 columns", sections: { [.weights(4, ["attention"], groups: 32)] },
            packed: 8),
        Case(
            testDescription: "BERT W4 asymmetric", sections: { [.weights(4, bert, groups: 8, type: "asymmetric")] },
            packed: 12),
        Case(
            testDescription: "BERT W3", sections: { [.weights(3, bert + ["word_embeddings"], groups: 2)] }, packed: 13),
        Case(testDescription: "BERT W6", sections: { [.weights(6, bert, groups: 8)] }, packed: 12),
        Case(
            testDescription: "BERT W2 with the word embedding",
            sections: { [.weights(2, bert + ["word_embeddings"], groups: 4)] }, packed: 13),
        Case(
            testDescription: "BERT W1A8 with the word embedding",
            sections: { [.weights(1, bert + ["word_embeddings"]), .inputs(8, bert)] }, packed: 13, roundsInputs: true),
        Case(testDescription: "BERT W1 with zeros", sections: { [.weights(1, bert), .sparse(0.5, bert)] }, packed: 12),
        Case(testDescription: "BERT W8, sparse", sections: { [.weights(8, bert), .sparse(0.3, bert)] }, packed: 12),
        Case(
            testDescription: "BERT W4, heads and rows gone",
            sections: { [.weights(4, bert, groups: 4), .bertHeads, .bertRows] }, packed: 12),
        Case(
            testDescription: "BERT W12", sections: { [.weights(12, bert)] }, packed: 0,
            note:
                "bert.encoder.layer.0.attention.self.query, bert.encoder.layer.0.attention.self.key, bert.encoder.layer.0.attention.self.value and 9 more: weights stay in floats"
        ),
        Case(
            testDescription: "BERT W8, groups that split rows",
            sections: { [.weights(8, [#"layer.\w+.output.dense"#], groups: 6)] }, packed: 0,
            note: "bert.encoder.layer.0.output.dense, bert.encoder.layer.1.output.dense: weights stay in floats"),
        Case(
            testDescription: "GPT-2 W8A8", kind: .gpt2,
            sections: { [.weights(8, ["attn", "mlp", "wte"]), .inputs(8, ["attn", "mlp"])] }, packed: 9,
            roundsInputs: true),
        Case(
            testDescription: "GPT-2 W4 with the head alone", kind: .gpt2, sections: { [.weights(4, ["lm_head"])] },
            packed: 1),
        Case(
            testDescription: "GPT-2 W2", kind: .gpt2, sections: { [.weights(2, ["attn", "mlp", "wte", "wpe"])] },
            packed: 10),
        Case(
            testDescription: "GPT-2 W1, heads and rows gone", kind: .gpt2,
            sections: { [.weights(1, ["attn", "mlp"]), .gptHeads, .gptRows] }, packed: 8),
        Case(
            testDescription: "ResNet W8A8", kind: .images,
            sections: { [.weights(8, ["conv", "fc"]), .inputs(8, ["conv", "fc"])] }, packed: 8, roundsInputs: true),
        Case(testDescription: "ResNet W4", kind: .images, sections: { [.weights(4, ["conv"], groups: 2)] }, packed: 7),
        Case(
            testDescription: "ResNet W8 asymmetric with 4-bit images", kind: .plainImages,
            sections: { [.weights(8, ["conv"], type: "asymmetric"), .inputs(4, ["conv"])] }, packed: 7,
            roundsInputs: true),
        Case(
            testDescription: "ResNet W2A8, channels gone", kind: .plainImages,
            sections: {
                [.weights(2, ["conv"]), .inputs(8, ["conv"]), .channels(0.5, ["layer....conv1"], ["layer....conv2"])]
            }, packed: 7, roundsInputs: true),
    ]

    @Test("Packed weights have every value of the model in floats, and the model computes the same", arguments: cases)
    func exact(_ example: Case) throws {
        let runs = try CompressionRuns()
        var request = try runs.request(example.sections(), example.kind, to: "floats")
        _ = try request.run()
        request.training.output = runs.models.path("packed")
        request.packs = true
        let summary = try request.run(), floats = try runs.open("floats"), packed = try runs.open("packed")
        let layers = packed.network.layerSchemes(includesActivations: false)
        #expect(layers.count == example.packed)
        if let note = example.note { #expect(summary.notes.contains { $0.hasPrefix(note) }, "\(summary.notes)") }
        let dense = Dictionary(uniqueKeysWithValues: floats.network.namedModules.map { ($0.path, $0.module) })
        for (path, module) in packed.network.namedModules {
            guard let values = module.unpackedWeight else { continue }
            #expect(try #require(dense[path]?.denseWeight).floatArray == values.floatArray, "\(path)")
        }
        #expect(packed.activationSchemes == floats.activationSchemes)
        let (expected, got) = (CompressionRuns.outputs(floats), CompressionRuns.outputs(packed))
        let difference = (got - expected).largestMagnitude() / expected.largestMagnitude()
        #expect(difference < (example.roundsInputs ? 0.1 : 1e-5), "outputs differ by \(difference)")
        // Saved again, the model is the same.
        try packed.save(to: runs.models.path("again"))
        #expect(try runs.models.bytes("again/model.safetensors") == runs.models.bytes("packed/model.safetensors"))
        #expect(try runs.models.bytes("again/config.json") == runs.models.bytes("packed/config.json"))
        if example.packed > 6 {
            #expect(
                try runs.models.bytes("packed/model.safetensors").count
                    < runs.models.bytes("floats/model.safetensors").count)
        }
    }

    @Test(
        "A head and the table that it computes with stay one in equal bits, and are stored once", arguments: [8, 3, 1])
    func tied(bits: Int) throws {
        let runs = try CompressionRuns(), model = try runs.models.gpt2("gpt2"),
            before = try runs.open("gpt2").network.parameterCount
        // Groups that do not divide the table are those of other layers.
        let config = try [ConfigSection.weights(bits, ["lm_head", "wte"], groups: 7)].config()
        let request = PostTrainingQuantization(
            model: model, config: config, configFile: "c.json", output: runs.models.path("out"))
        let summary = try request.run(), saved = try runs.open("out")
        #expect(summary.plan.parametersAfter == before && summary.largestDifference < 1e-6)
        #expect(
            abs(summary.plan.bytesAfter - summary.byteCount) < 4000, "\(summary.plan.bytesAfter), \(summary.byteCount)")
        #expect(saved.network.packedHeads == ["lm_head"])
        let names = try SafetensorsFile(path: runs.models.path("out/model.safetensors")).names
        #expect(
            names.contains { $0.hasPrefix("transformer.wte.weight") } && !names.contains { $0.hasPrefix("lm_head") })
        let network = try #require(saved.network as? GPT2LMHeadModel)
        #expect(network.head.unpackedWeight?.floatArray == network.transformer.words.unpackedWeight?.floatArray)
        try saved.save(to: runs.models.path("again"))
        #expect(try runs.models.bytes("again/model.safetensors") == runs.models.bytes("out/model.safetensors"))
    }

    @Test(
        "Python's tools are offered what they can open, and nothing else",
        arguments: [
            ("compressed-tensors", [ConfigSection.weights(8, bert + ["word_embeddings"]), .inputs(8, bert)]),
            ("compressed-tensors", [.weights(4, bert, groups: 4)]),
            ("compressed-tensors", [.inputs(8, bert)]), (nil, [.weights(2, bert)]), (nil, [.weights(1, bert)]),
            (nil, [.weights(4, ["word_embeddings"])]),
            (nil, [.weights(8, bert), .bertRows]),
        ] as [(String?, [ConfigSection])])
    func method(_ expected: String?, _ sections: [ConfigSection]) throws {
        let runs = try CompressionRuns()
        var request = try runs.request(sections)
        request.packs = true
        _ = try request.run()
        let config = try StrictJSON.parse(String(decoding: runs.models.bytes("out/config.json"), as: UTF8.self))
        // Transformers raises an error where there is no method, and takes random weights for a method that it does not
        // know.
        #expect(config["quantization_config"]?["quant_method"]?.string == expected)
        #expect(config["quantization_config"]?["producer"]?.string == (expected == nil ? "lathe" : nil))
    }

    @Test("A packed model is neither trained nor compressed, and the error names the cure")
    func training() throws {
        let runs = try CompressionRuns()
        var request = try runs.request([.weights(8, Self.bert)])
        request.packs = true
        _ = try request.run()
        let message = runs.message(try runs.request([.weights(8, Self.bert)], model: "out", to: "second"))
        #expect(
            message.contains(
                "holds packed weights, which cannot be trained; train the model that they were packed from, or its unpacked form"
            ), "\(message)")
    }

    @Test("Other weights in 16 bits make the file smaller and change little", arguments: [DType.float16, .bfloat16])
    func floats(_ dtype: DType) throws {
        let runs = try CompressionRuns()
        var request = try runs.request([.weights(4, Self.bert)], to: "wide")
        request.packs = true
        _ = try request.run()
        request.training.output = runs.models.path("narrow")
        request.floats = dtype
        _ = try request.run()
        let (wide, narrow) = (try runs.open("wide"), try runs.open("narrow"))
        #expect(
            try runs.models.bytes("narrow/model.safetensors").count < runs.models.bytes("wide/model.safetensors").count)
        let (expected, got) = (CompressionRuns.outputs(wide), CompressionRuns.outputs(narrow))
        #expect((got - expected).largestMagnitude() < 0.02 * expected.largestMagnitude())
        #expect(
            try StrictJSON.parse(String(decoding: runs.models.bytes("narrow/config.json"), as: UTF8.self))["dtype"]?
                .string == dtype.rawValue)
    }
}

extension Module {
    /// The values of a packed weight; nil for other parts.
    fileprivate var unpackedWeight: Tensor? {
        switch self {
        case let linear as Linear: if case .packed(let weight) = linear.weight { weight.unpacked } else { nil }
        case let convolution as Conv2d:
            if case .packed(let weight) = convolution.weight { weight.unpacked } else { nil }
        case let embedding as Embedding: if case .packed(let weight) = embedding.weight { weight.unpacked } else { nil }
        default: nil
        }
    }

    fileprivate var denseWeight: Tensor? { (self as? any CompressibleLayer)?.weight.parameter?.detached }
}
