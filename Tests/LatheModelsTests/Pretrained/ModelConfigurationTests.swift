import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheFiles
@testable import LatheModels

@Suite("config.json")
struct ModelConfigurationTests {
    /// The problems with a file that differs from a good one of BERT by `changes`; null removes a field.
    private func problems(_ changes: KeyValuePairs<String, JSONValue>) -> String {
        var members: [JSONValue.Member] = [
            .init("model_type", "bert"), .init("architectures", ["BertForSequenceClassification"]),
        ]
        for (key, value) in changes {
            members.removeAll { $0.key == key }
            members.append(.init(key, value))
        }
        do throws(ModelConfigurationError) {
            _ = try ModelConfiguration(.object(members), file: "config.json")
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Sizes that are not there are those of transformers")
    func defaults() throws {
        let configuration = try ModelConfiguration(["model_type": "bert"], file: "config.json")
        #expect(configuration.sizes as? BertConfiguration == BertConfiguration())
        #expect(configuration.architecture.className == "BertModel")
        let gpt2 = try ModelConfiguration(["model_type": "gpt2"], file: "config.json")
        #expect(gpt2.sizes as? GPT2Configuration == GPT2Configuration())
        #expect(gpt2.architecture.className == "GPT2LMHeadModel")
    }

    @Test("What is written is read as the same", arguments: PretrainedFixture.texts.filter { $0 != "bert-pretraining" })
    func roundTrip(_ name: String) throws {
        let configuration = try PretrainedFixture(name).model().configuration
        let again = try ModelConfiguration(configuration.json, file: "config.json")
        #expect(again.sizes.isEqual(to: configuration.sizes))
        #expect(again.architecture == configuration.architecture)
        #expect(again.labels == configuration.labels)
        #expect(again.isRegression == configuration.isRegression)
    }

    @Test("A residual network and a patch encoder are read as they were written")
    func images() throws {
        let resnet = ModelConfiguration(
            .init(ResNetFamily(), .imageClassification), ResNetConfiguration.imageNet(depth: 50, labelCount: 7))
        #expect(try ModelConfiguration(resnet.json, file: "config.json").sizes.isEqual(to: resnet.sizes))
        let encoder = EncoderConfiguration(hiddenSize: 8, layerCount: 2, headCount: 2, intermediateSize: 12)
        let patches = ModelConfiguration(
            .init(PatchEncoderFamily(), .imageClassification),
            PatchEncoderConfiguration(encoder: encoder, imageSize: 8, patchSize: 2, labelCount: 10))
        #expect(try ModelConfiguration(patches.json, file: "config.json").sizes.isEqual(to: patches.sizes))
    }

    @Test(
        "What is wrong is named with its field and the cure",
        arguments: [
            (
                ["model_type": "llama", "architectures": ["LlamaForCausalLM"]],
                "model_type: llama is not supported; Lathe opens BertModel, "
            ),
            (
                ["model_type": nil, "architectures": nil],
                "model_type: missing; add one of bert, roberta, distilbert, gpt2"
            ),
            (["hidden_size": "big"], "hidden_size: expected an integer 1…65536, got \"big\""),
            (["num_hidden_layers": 0], "num_hidden_layers: expected an integer 1…1024, got 0"),
            (["num_attention_heads": 7], "num_attention_heads: expected a divisor of hidden_size = 768, got 7"),
            (["hidden_act": "mish"], "hidden_act: expected one of gelu, gelu_new, relu, "),
            (["hidden_dropout_prob": 1.5], "hidden_dropout_prob: expected a number 0…0.999, got 1.5"),
            (["is_decoder": true], "is_decoder: decoders are not supported"),
            (
                ["position_embedding_type": "relative_key"],
                "position_embedding_type: only absolute positions are supported"
            ),
            (["pad_token_id": 40000], "pad_token_id: expected an id below vocab_size = 30522, got 40000"),
            (["id2label": ["0": "a", "2": "b"]], "id2label.2: expected the names of classes 0 to 1, each once"),
            (["id2label": []], "id2label: expected an object with a name for each class, got an array"),
        ] as [(KeyValuePairs<String, JSONValue>, String)])
    func mistakes(_ changes: KeyValuePairs<String, JSONValue>, _ expected: String) {
        let text = problems(changes)
        #expect(text.hasPrefix("config.json: ") && text.contains(expected), "\(text)")
    }

    @Test("All mistakes are told at once")
    func allMistakes() {
        let text = problems(["hidden_size": 0, "vocab_size": "many", "layer_norm_eps": -1])
        #expect(text.split(separator: "\n").count == 3, "\(text)")
    }

    @Test("A file that is no JSON, or no object, is refused")
    func notJSON() throws {
        let place = try TemporaryDirectory()
        try AtomicFile.write("{\"model_type\": ", to: place.path("config.json"))
        let cut = #expect(throws: ModelConfigurationError.self) { try ModelConfiguration(directory: place.path("")) }
        #expect(cut?.description.contains("not valid JSON") == true)
        let list = #expect(throws: ModelConfigurationError.self) {
            try ModelConfiguration([1, 2], file: "config.json")
        }
        #expect(list?.description == "config.json: the file: expected an object, got an array")
    }
}
