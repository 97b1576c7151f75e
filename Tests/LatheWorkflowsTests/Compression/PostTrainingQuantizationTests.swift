import Foundation
import LatheModels
import LatheNN
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Quantising without training")
struct PostTrainingQuantizationTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func quantize(_ sections: [ConfigSection], _ model: String = "bert") throws
        -> PostTrainingQuantization.Summary
    {
        var request = PostTrainingQuantization(
            model: runs.models.path(model), config: try sections.config(), configFile: "c.json",
            output: runs.models.path("out"))
        request.packs = false
        return try request.run()
    }

    private func message(_ sections: [ConfigSection]) -> String {
        do {
            _ = try quantize(sections)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let w8a8: [ConfigSection] = [
        .weights(8, ConfigSection.bertLayers + ["word_embeddings"], offset: 1000),
        .inputs(8, ConfigSection.bertLayers, offset: 1000),
    ]

    @Test("The saved model has what the bits can hold, whatever the offsets, and opens to compute the same")
    func saved() throws {
        let summary = try quantize(Self.w8a8), model = try runs.open("out")
        #expect(summary.largestDifference < 1e-6)
        #expect(model.activationSchemes.count == 12)
        let weight = try #require(model.parameter("bert.encoder.layer.0.intermediate.dense.weight"))
        #expect(Set(weight.floatArray).count <= 255)
        let table = try #require(model.parameter("bert.embeddings.word_embeddings.weight"))
        #expect(
            table.floatArray != (try runs.open("bert").parameter("bert.embeddings.word_embeddings.weight"))?.floatArray)
        #expect(summary.plan.parametersAfter == model.network.parameterCount)
    }

    @Test("An encoder without head is checked as well")
    func encoder() throws {
        try runs.models.encoder("encoder")
        let original = try runs.open("encoder")
        let summary = try quantize([.weights(2, ConfigSection.bertLayers)], "encoder")
        #expect(summary.largestDifference < 1e-6)
        let check = CleaningCheck(original), before = try #require(check.outputs())
        try original.network.namedParameters.forEach { path, parameter in
            parameter.value = try #require(runs.open("out").parameter(path))
        }
        #expect(check.difference(from: before) > 1e-3)
    }

    @Test(
        "A tied head parts from a word embedding that is rounded otherwise, in a model that guesses masked words too",
        arguments: [["word_embeddings"], ["decoder"], ["word_embeddings", "decoder"]])
    func tied(modules: [String]) throws {
        try runs.models.bert("bert")
        var sizes = BertConfiguration(
            encoder: EncoderConfiguration(hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 24),
            vocabularySize: TinyModels.words.count,
            positionCount: 24)
        sizes.encoder.initializerRange = 0.2
        let guesser = withRandomSource(RandomSource(seed: 1)) {
            PretrainedModel(ModelConfiguration(.init(BertFamily.bert, .maskedLanguageModel), sizes))
        }
        try guesser.save(to: runs.models.path("guesser"))
        let summary = try quantize([.weights(3, modules)], "guesser"), saved = try runs.open("out")
        #expect(summary.largestDifference < 1e-6)
        #expect(summary.plan.parametersAfter == saved.network.parameterCount)
        #expect(
            saved.network.parameterCount == guesser.network.parameterCount
                + (modules.count == 1 ? 16 * TinyModels.words.count : 0))
        let decoder = saved.parameter("cls.predictions.decoder.weight")?.floatArray,
            table = saved.parameter("bert.embeddings.word_embeddings.weight")?.floatArray
        let original = guesser.parameter("bert.embeddings.word_embeddings.weight")?.floatArray
        #expect((decoder == original) == !modules.contains("decoder"))
        #expect((table == original) == !modules.contains("word_embeddings"))
    }

    @Test(
        "What needs training is refused by its name",
        arguments: [
            ("layer_reduction", [ConfigSection.layers([1])]), ("head_pruning", [.bertHeads]),
            ("row_pruning", [.bertRows]),
            ("sparse_pruning", [.sparse(0.5, ["query"], method: "topk")]),
            ("activation_quantization with a static range", [.inputs(8, ["intermediate"], range: "static")]),
        ])
    func needsTraining(name: String, sections: [ConfigSection]) {
        #expect(
            message(sections)
                == "compression_training.\(name): needs training; train the model while it is compressed, or disable the section"
        )
        #expect(!runs.models.exists("out"))
    }

    @Test("Rows by magnitude need no training")
    func l1Rows() throws {
        let summary = try quantize([.rows(0.5, ["intermediate.dense"], [#"layer.\w+.output.dense"#], method: "l1")])
        #expect(summary.largestDifference < 1e-5)
        #expect(try runs.open("out").parameter("bert.encoder.layer.1.output.dense.weight")?.shape == [16, 12])
    }

    @Test("An occupied directory is refused")
    func occupied() throws {
        try runs.models.bert("out")
        #expect(message(Self.w8a8).hasSuffix("out: holds a model; replace it, or name another directory"))
    }

    @Test("A model does not come without its record")
    func recordRefused() throws {
        let record = runs.models.path("out/lathe.json")
        try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: true)
        #expect(message(Self.w8a8).contains("out/lathe.json: cannot put the finished file in place"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: runs.models.path("out")) == ["lathe.json"])
        try FileManager.default.removeItem(atPath: record)
        _ = try quantize(Self.w8a8)
        #expect(try RunRecord(path: record).kind == .quantize)
    }
}

@Suite("Channels that leave behind a batch normalisation")
struct ChannelConstantTests {
    @Test("What they still gave is carried on exactly inside images; only the border differs")
    func border() throws {
        let sizes = ResNetConfiguration(
            stem: .smallImages, block: .basic, stages: [1], baseChannels: 4, imageChannels: 1, labelCount: 10)
        let model = withRandomSource(RandomSource(seed: 3)) {
            PretrainedModel(ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes))
        }
        for case let norm as BatchNorm2d in model.network.namedModules.map(\.module) {
            norm.bias.value = .randomUniform([4], in: 0.2..<1, from: RandomSource(seed: 4))
        }
        let config = try [ConfigSection.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"])].config()
            .compression
        let compression = try Compression(config, of: model, file: "c.json"),
            network = try #require(model.network as? ResNet)
        let images = Tensor.randomNormal([2, 1, 8, 8], from: RandomSource(seed: 5))
        compression.attach()
        compression.finish()
        let masked = withInference { network.features(images) }
        let cleaned = compression.clean()
        let difference = withInference { network.features(images) - masked }
        #expect(cleaned.hasBorderDifference)
        #expect(difference.sliced(1..<7, axis: 2).sliced(1..<7, axis: 3).largestMagnitude() < 1e-5)
        #expect(difference.largestMagnitude() > 1e-2)
    }

    /// The difference begins in the outermost ring behind each block's second convolution, and each convolution behind
    /// carries it a step inwards: 5 of a side behind the first stage, 8 behind the second, 10 behind the third.
    @Test("A whole ResNet-20 at half its channels computes the same wherever no border reaches")
    func wholeNetwork() throws {
        let sizes = ResNetConfiguration()
        let model = withRandomSource(RandomSource(seed: 3)) {
            PretrainedModel(ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes))
        }
        for (index, norm) in model.network.namedModules.compactMap({ $0.module as? BatchNorm2d }).enumerated() {
            let source = RandomSource(seed: UInt64(index))
            norm.bias.value = .randomUniform([norm.channels], in: -0.3..<0.6, from: source)
            norm.runningMean.value = .randomUniform([norm.channels], in: -0.2..<0.2, from: source)
            norm.runningVariance.value = .randomUniform([norm.channels], in: 0.2..<0.6, from: source)
        }
        let config = try [
            ConfigSection.channels(0.5, [#"layer\d\.\d\.conv1"#], [#"layer\d\.\d\.conv2"#, #"layer\d\.\d\.bn1"#])
        ].config().compression
        let compression = try Compression(config, of: model, file: "c.json"),
            network = try #require(model.network as? ResNet)
        // 32 pixels a side are all within reach of the border; 256 leave 44 of 64 positions.
        let images = Tensor.randomNormal([1, 3, 256, 256], from: RandomSource(seed: 5))
        compression.attach()
        compression.finish()
        let masked = withInference { network.features(images) }
        #expect(compression.clean().hasBorderDifference)
        let difference = withInference { network.features(images) - masked }, largest = masked.largestMagnitude()
        let inner = difference.sliced(10..<54, axis: 2).sliced(10..<54, axis: 3).largestMagnitude()
        #expect(inner < 1e-5 * largest, "\(inner) of \(largest)")
        #expect(difference.largestMagnitude() > 1e-3 * largest)
    }

    @Test("Before a convolution that meets no padding nothing differs")
    func bottleneck() throws {
        let sizes = ResNetConfiguration(
            stem: .smallImages, block: .bottleneck, stages: [1], baseChannels: 4, imageChannels: 1, labelCount: 10)
        let model = withRandomSource(RandomSource(seed: 3)) {
            PretrainedModel(ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes))
        }
        for case let norm as BatchNorm2d in model.network.namedModules.map(\.module) {
            norm.bias.value = .randomUniform([norm.channels], in: 0.2..<1, from: RandomSource(seed: 4))
        }
        let config = try [ConfigSection.channels(0.5, ["layer....conv2"], ["layer....conv3", "layer....bn2"])].config()
            .compression
        let compression = try Compression(config, of: model, file: "c.json")
        compression.attach()
        compression.finish()
        let check = CleaningCheck(model), masked = check.outputs()
        #expect(!compression.clean().hasBorderDifference)
        #expect(check.difference(from: masked) < 1e-5)
    }
}
