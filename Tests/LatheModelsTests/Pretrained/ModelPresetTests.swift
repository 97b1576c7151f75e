import LatheModels
import LatheNN
import LatheTensor
import Testing

@Suite("Presets")
struct ModelPresetTests {
    @Test("Every preset is found by its name, and names are unlike")
    func names() {
        for preset in ModelPreset.all { #expect(ModelPreset(preset.name) == preset) }
        #expect(Set(ModelPreset.all.map(\.name)).count == ModelPreset.all.count)
        for name in ["", "bert", "resnet21", "resnet18-nobn", "BERT-base"] {
            #expect(ModelPreset(name) == nil, "\(name)")
        }
    }

    @Test("A classifier has the labels that it is given, and the language model none")
    func labels() {
        for preset in ModelPreset.all {
            let configuration = preset.configuration(labels: ["no", "yes", "perhaps"])
            #expect(configuration.labels == (preset == .gpt2 ? [] : ["no", "yes", "perhaps"]), "\(preset.name)")
            #expect(configuration.labelCount == (preset == .gpt2 ? nil : 3), "\(preset.name)")
        }
    }

    @Test("A model of texts has as many tokens as the tokenizer")
    func vocabulary() throws {
        for preset in ModelPreset.all where preset.takesText {
            let configuration = preset.configuration(labels: ["a", "b"], vocabularySize: 77)
            #expect(configuration.json["vocab_size"]?.integer == 77, "\(preset.name)")
        }
    }

    @Test(
        "Models of images take the images that they are made for",
        arguments: ["resnet8", "resnet8-nobn", "resnet18", "patch-encoder"])
    func images(name: String) throws {
        let preset = try #require(ModelPreset(name))
        let model = PretrainedModel(preset.configuration(labels: ["a", "b"], imageChannels: 1, imageSize: 8))
        let network = try #require(model.network as? any ImageClassifier)
        #expect(withInference { network(.zeros([3, 1, 8, 8])) }.shape == [3, 2])
        #expect(network.imageSize == (name == "patch-encoder" ? 8 : nil))
        #expect((network.namedModules.contains { $0.module is BatchNorm2d }) == ["resnet8", "resnet18"].contains(name))
    }
}
