import LatheModels
import LatheTestModels
import Testing

@testable import LatheWorkflows

@Suite("Configs that do not fit a model")
struct MisfitTests {
    struct Misfit: Sendable, CustomTestStringConvertible {
        let key: String
        let text: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable () -> [ConfigSection]

        init(
            _ key: String, _ text: String, _ kind: CompressionRuns.Kind = .bert,
            _ sections: @escaping @Sendable () -> [ConfigSection]
        ) {
            (self.key, self.text, self.kind, self.sections) = (key, text, kind, sections)
        }

        var testDescription: String { "\(kind): \(text)" }
    }

    private static let related = "different_groups.g1.related_modules"
    private static let misfits: [Misfit] = [
        Misfit(
            "weight_quantization.shared_parameters.quantize_groups",
            "7 does not divide the 384 weights of bert.encoder.layer.0.intermediate.dense [24, 16]; use 6 or 8"
        ) {
            [.weights(8, ["intermediate"], groups: 7)]
        },
        Misfit(
            "weight_quantization.shared_parameters.quantize_groups",
            "5 does not divide the 448 weights of bert.embeddings.word_embeddings [28, 16]; use 4 or 7"
        ) {
            [.weights(8, ["word_embeddings"], groups: 5, inForward: false)]
        },
        Misfit(
            "head_pruning.shared_parameters.num_heads",
            "3, but the attention before bert.encoder.layer.0.attention.output.dense has 2 heads; use 2"
        ) {
            [.heads(0.5, of: 3, ["attention.output.dense"], ["self.query", "self.key", "self.value"])]
        },
        Misfit(
            "head_pruning.shared_parameters.num_heads",
            "4, but the attention before bert.encoder.layer.0.attention.output.dense has 2 heads; use 2"
        ) {
            [.heads(0.5, of: 4, ["attention.output.dense"], ["self.query", "self.key", "self.value"])]
        },
        Misfit(
            "head_pruning.shared_parameters.num_heads",
            "5 heads do not divide the 24 columns of bert.encoder.layer.0.output.dense"
        ) {
            [.heads(0.5, of: 5, [#"layer.\w+.output.dense"#], [])]
        },
        Misfit(
            "head_pruning.shared_parameters.num_heads",
            "4, but the attention before transformer.h.0.attn.c_proj has 2 heads; use 2", .gpt2
        ) {
            [.heads(0.5, of: 4, ["attn.c_proj"], ["attn.c_attn"])]
        },
        Misfit(
            "head_pruning.\(related)",
            "bert.encoder.layer.0.intermediate.dense does not give the 16 values that bert.encoder.layer.0.attention.output.dense reads"
        ) {
            [.heads(0.5, of: 2, ["attention.output.dense"], ["self.query", "self.key", "intermediate"])]
        },
        Misfit(
            "head_pruning.\(related)",
            "bert.encoder.layer.0.attention.self.query, bert.encoder.layer.0.attention.self.key, bert.encoder.layer.0.attention.self.value must shrink along"
        ) { [.heads(0.5, of: 2, ["attention.output.dense"], ["self.query", "self.key"])] },
        Misfit(
            "row_pruning.\(related)",
            "bert.encoder.layer.0.attention.output.dense has 16 columns, and bert.encoder.layer.0.intermediate.dense 24 rows"
        ) {
            [.rows(0.5, ["intermediate.dense"], ["attention.output.dense"])]
        },
        Misfit(
            "row_pruning.\(related)[0][0]",
            "LayerNorm\" matches no module; did you mean \"bert.encoder.layer.0.attention.output.dense\"?"
        ) {
            [.rows(0.5, ["layer.0.intermediate.dense"], ["bert.encoder.layer.0.attention.output.LayerNorm"])]
        },
        Misfit(
            "row_pruning.\(related)",
            "nothing can shrink along with bert.encoder.layer.0.attention.self.value, got bert.encoder.layer.0.attention.output.dense"
        ) {
            [.rows(0.5, ["self.value"], ["attention.output.dense"])]
        },
        Misfit(
            "row_pruning.\(related)",
            "nothing can shrink along with bert.encoder.layer.0.attention.output.dense, got bert.encoder.layer.0.intermediate.dense"
        ) {
            [.rows(0.5, ["attention.output.dense"], ["intermediate.dense"])]
        },
        Misfit(
            "row_pruning.\(related)",
            "bert.encoder.layer.0.output.dense must shrink along with bert.encoder.layer.0.intermediate.dense, got bert.encoder.layer.1.output.dense"
        ) {
            [.rows(0.5, ["layer.0.intermediate.dense"], ["layer.1.output.dense"])]
        },
        Misfit("row_pruning.\(related)[0][0]", "they pair in the model's order, so make them as many") {
            [.rows(0.5, ["intermediate.dense"], ["layer.1.output.dense"])]
        },
        Misfit(
            "channel_pruning.\(related)",
            "layer1.0.bn1, layer1.0.conv2 must shrink along with layer1.0.conv1, got layer1.0.conv2", .images
        ) {
            [.channels(0.5, ["layer....conv1"], ["layer....conv2"])]
        },
        Misfit(
            "channel_pruning.\(related)", "nothing can shrink along with layer1.0.conv2, got layer2.0.conv1",
            .plainImages
        ) {
            [.channels(0.5, ["layer1.0.conv2"], ["layer2.0.conv1"])]
        },
        Misfit(
            "channel_pruning.\(related)", "layer3.0.conv1 reads 8 channels, and layer1.0.conv1 gives 4", .plainImages
        ) {
            [.channels(0.5, ["layer1.0.conv1"], ["layer3.0.conv1"])]
        },
        Misfit(
            "channel_pruning.\(related)",
            "layer3.0.bn1 has 16 channels, and layer1.0.conv1 4; name the normalisation behind it", .images
        ) {
            [.channels(0.5, ["layer1.0.conv1"], ["layer3.0.bn1"])]
        },
        Misfit("channel_pruning.\(related)", "fc is neither a convolution nor a batch normalisation", .plainImages) {
            [.channels(0.5, ["layer1.0.conv1"], ["fc"])]
        },
        Misfit(
            "channel_pruning.different_groups.g1.modules[0]", "channel_pruning takes convolutions only", .plainImages
        ) { [.channels(0.5, ["fc"], [])] },
        Misfit("weight_quantization.different_groups.g1.modules[0]", "\"atention.self\" matches no module") {
            [.weights(8, ["atention.self"])]
        },
        Misfit("activation_quantization.different_groups.g1.modules[0]", "activation_quantization takes") {
            [.inputs(8, ["word_embeddings"])]
        },
        Misfit("sparse_pruning.different_groups.g1.modules[1]", "which an earlier pattern of this group has taken") {
            [.sparse(0.5, ["self.query", "self"])]
        },
        Misfit("layer_reduction.teacher_layer", "2 is none of the teacher's layers 0…1") { [.layers([0, 2])] },
        Misfit(
            "layer_reduction.module_name_prefix",
            "the teacher has no layers under 'bert.encoder.layers'; use one of bert.encoder.layer"
        ) {
            [.layers([1], prefix: "bert.encoder.layers")]
        },
        Misfit("layer_reduction.other_module_name", "'poler' is found in no parameter's path") {
            [.layers([1], others: ["poler"])]
        },
        Misfit("layer_reduction", "a ResNet has no layers to leave out", .plainImages) {
            [.layers([0], prefix: "layer1", others: ["fc"])]
        },
    ]

    @Test("Each is refused with its key and the cure; nothing is trained, and nothing written", arguments: misfits)
    func misfit(_ misfit: Misfit) throws {
        let runs = try CompressionRuns(), request = try runs.request(misfit.sections(), misfit.kind)
        var began = false, message = ""
        do {
            _ = try request.run(report: { _ in began = true })
        } catch {
            message = "\(error)"
        }
        #expect(message.contains("compression_training." + misfit.key) && message.contains(misfit.text), "\(message)")
        #expect(!began)
        #expect(!runs.models.exists("out"))
    }

    @Test("A model with packed weights is not compressed again")
    func packed() throws {
        let runs = try CompressionRuns(), model = try runs.open("bert")
        model.network.packWeights(.w8a8) { $0.contains("encoder") }
        try model.save(to: runs.models.path("packed"))
        let request = PostTrainingQuantization(
            model: runs.models.path("packed"), config: try [ConfigSection.weights(8, ["query"])].config(),
            configFile: "c.json", output: runs.models.path("out"))
        var message = ""
        do { _ = try request.run() } catch { message = "\(error)" }
        #expect(
            message.contains(
                "bert.encoder.layer.0.attention.self.query holds packed weights, which cannot be trained; compress the model that they were packed from"
            ), "\(message)")
        #expect(!runs.models.exists("out"))
    }

    @Test("A model with random weights has nothing to compress")
    func randomWeights() throws {
        let runs = try CompressionRuns()
        var request = try runs.request([.channels(0.5, ["layer1.0.conv1"], [])], .images)
        request.training.model = .preset(try #require(ModelPreset("resnet8")))
        #expect(runs.message(request).contains("train it first, and name its directory"))
    }
}
