import Foundation
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheFiles
@testable import LatheModels

@Suite("Saving models")
struct SavingTests {
    private static let models =
        PretrainedFixture.texts + ["gpt2-bare", "bert-classifier-old-names", "resnet-basic", "resnet-bottleneck"]

    @Test("A saved model opens as the same one, and saving that gives the same bytes", arguments: models)
    func roundTrip(_ name: String) throws {
        let model = try PretrainedFixture(name).model(), place = try TemporaryDirectory()
        try model.save(to: place.path("first"))
        let reopened = try PretrainedModel(directory: place.path("first"))
        #expect(reopened.freshParameters.isEmpty && reopened.unusedTensors.isEmpty)
        for (left, right) in zip(model.network.namedParameters, reopened.network.namedParameters) {
            #expect(left.path == right.path)
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray, "\(left.path)")
        }
        try reopened.save(to: place.path("second"))
        for file in ["config.json", "model.safetensors"] {
            #expect(try place.contents("first/" + file) == place.contents("second/" + file), "\(file)")
        }
    }

    @Test("A weight that float16 cannot hold is named, and nothing is written")
    func overflow() throws {
        let model = try PretrainedFixture("bert-classifier").model(), name = "bert.encoder.layer.1.output.dense.weight",
            place = try TemporaryDirectory()
        let parameter = try #require(model.network.namedParameters.first { $0.path == name }?.parameter)
        parameter.value = parameter.detached + 1e5
        let error = #expect(throws: NarrowingError.self) { try model.save(to: place.path("out"), floats: .float16) }
        #expect(error?.tensor == name && error?.type == .float16)
        #expect(!FileManager.default.fileExists(atPath: place.path("out")))
        try model.save(to: place.path("out"), floats: .bfloat16)
    }

    @Test(
        "Tensors have the names, shapes and numbers that transformers gave them",
        arguments: ["bert-base", "bert-classifier", "roberta-classifier", "distilbert-classifier", "gpt2"])
    func names(_ name: String) throws {
        let fixture = try PretrainedFixture(name), place = try TemporaryDirectory()
        try fixture.model().save(to: place.path("out"))
        let theirs = try SafetensorsFile(path: fixture.directory + "/model.safetensors"),
            ours = try SafetensorsFile(path: place.path("out/model.safetensors"))
        #expect(Set(theirs.names) == Set(ours.names))
        for tensor in theirs.names {
            #expect(theirs[tensor]?.shape == ours[tensor]?.shape, "\(tensor)")
            #expect(try theirs.tensor(tensor).floatArray == ours.tensor(tensor).floatArray, "\(tensor)")
        }
    }

    @Test("Fields of config.json that Lathe does not know are kept")
    func unknownFields() throws {
        let root: JSONValue = [
            "model_type": "bert", "architectures": ["BertForSequenceClassification"], "hidden_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 11, "custom": ["a": 1],
            "torch_dtype": "float16",
        ]
        let configuration = try ModelConfiguration(root, file: "config.json")
        let written = configuration.with(.sequenceClassification, labels: ["no", "maybe", "yes"]).json
        #expect(written["custom"] == ["a": 1])
        #expect(written["torch_dtype"] == "float32")
        #expect(written["id2label"] == ["0": "no", "1": "maybe", "2": "yes"])
        #expect(written["label2id"] == ["no": 0, "maybe": 1, "yes": 2])
        #expect(try ModelConfiguration(written, file: "config.json").labels == ["no", "maybe", "yes"])
    }

    @Test("The tokenizer's files come along")
    func tokenizer() throws {
        let place = try TemporaryDirectory(), fixture = try PretrainedFixture("bert-classifier")
        try FileManager.default.createDirectory(atPath: place.path("tokenizer"), withIntermediateDirectories: true)
        try AtomicFile.write("[PAD]\n[UNK]\n", to: place.path("tokenizer/vocab.txt"))
        try fixture.model().save(to: place.path("out"), tokenizerFrom: place.path("tokenizer"))
        #expect(try place.contents("out/vocab.txt") == Array("[PAD]\n[UNK]\n".utf8))
    }

    @Test("Files that say how a model is used are saved with it; weights in other forms, runs and other models are not")
    func companions() throws {
        let place = try TemporaryDirectory(), fixture = try PretrainedFixture("bert-classifier")
        let kept = [
            "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors", "sentence_bert_config.json",
            "config_sentence_transformers.json",
            "generation_config.json", "README.md", "LICENSE", "vocab.txt", "special_tokens_map.json",
        ]
        let left = [
            "onnx/model.onnx", "pytorch_model.bin", "training.jsonl", "lathe.json", "arguments.json", "out/vocab.txt",
            "older/config.json",
            "older/model.safetensors", "older/vocab.txt",
        ]
        try fixture.model().save(to: place.path("model"))
        for name in kept + left {
            let path = place.path("model/" + name)
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try AtomicFile.write(name, to: path)
        }
        try PretrainedModel(directory: place.path("model")).save(to: place.path("model/out/new"))
        for name in kept { #expect((try? place.contents("model/out/new/" + name)) == Array(name.utf8), "\(name)") }
        for name in left { #expect((try? place.contents("model/out/new/" + name)) == nil, "\(name)") }
    }

    @Test("Another tokenizer replaces the files of the model's own, and the others stay")
    func otherTokenizer() throws {
        let place = try TemporaryDirectory(), fixture = try PretrainedFixture("bert-classifier")
        try fixture.model().save(to: place.path("model"))
        for name in ["model/tokenizer.json", "model/modules.json", "other/vocab.txt"] {
            try FileManager.default.createDirectory(
                atPath: (place.path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try AtomicFile.write(name, to: place.path(name))
        }
        try PretrainedModel(directory: place.path("model")).save(
            to: place.path("out"), tokenizerFrom: place.path("other"))
        #expect(try place.contents("out/vocab.txt") == Array("other/vocab.txt".utf8))
        #expect(try place.contents("out/modules.json") == Array("model/modules.json".utf8))
        #expect((try? place.contents("out/tokenizer.json")) == nil)
    }

    @Test("A place where no directory can be made is an error that names it")
    func noDirectory() throws {
        let place = try TemporaryDirectory(), model = try PretrainedFixture("resnet-basic").model()
        try AtomicFile.write("in the way", to: place.path("file"))
        let error = #expect(throws: ModelFileError.self) { try model.save(to: place.path("file/model")) }
        #expect(error?.description.contains("file/model: cannot make this directory") == true)
    }

    @Test(
        "A classifier with packed weights opens as it was saved",
        arguments: ["bert-classifier", "roberta-classifier", "distilbert-classifier"])
    func packed(_ name: String) throws {
        let model = try PretrainedFixture(name).model(), place = try TemporaryDirectory(),
            batch = TokenBatch(joining: [[2, 5, 7], [2, 3]])
        let network = try #require(model.network as? BertForSequenceClassification)
        network.packWeights(.w8a8)
        try model.save(to: place.path("packed"))
        let again = try PretrainedModel(directory: place.path("packed"))
        #expect(again.unusedTensors.isEmpty)
        let reopened = try #require(again.network as? BertForSequenceClassification)
        #expect(withInference { reopened(batch) }.floatArray == withInference { network(batch) }.floatArray)
    }
}
