import Foundation
import LathePacking
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheFiles
@testable import LatheModels

@Suite("Checkpoints that do not fit")
struct MisfitTests {
    /// The error of opening the classifier's checkpoint after `change` of its tensors.
    private func error(_ change: (inout [String: Tensor]) -> Void) throws -> ModuleFileError? {
        let fixture = try PretrainedFixture("bert-classifier"), place = try TemporaryDirectory()
        let file = try SafetensorsFile(path: fixture.directory + "/model.safetensors")
        var tensors = try file.names.reduce(into: [:]) { $0[$1] = try file.tensor($1) }
        change(&tensors)
        try fixture.model().save(to: place.path("model"))
        var writer = SafetensorsWriter(metadata: ["format": "pt"])
        for (name, tensor) in tensors { writer.add(name, tensor) }
        try writer.write(to: place.path("model/model.safetensors"))
        do {
            _ = try PretrainedModel(directory: place.path("model"))
            return nil
        } catch let error as ModuleFileError {
            return error
        }
    }

    @Test("Missing, unexpected and misshapen tensors are listed together, misspelt names first")
    func list() throws {
        let found = try error { tensors in
            tensors["bert.encoder.layer.1.output.dens.weight"] = tensors.removeValue(
                forKey: "bert.encoder.layer.1.output.dense.weight")
            tensors["bert.embeddings.word_embeddings.weight"] = .zeros([5, 20])
            tensors["classifier.bias"] = nil
            tensors["quite.another.thing"] = .zeros([1])
        }
        let error = try #require(found)
        #expect(
            error.problems == [
                .missing(
                    "bert.encoder.layer.1.output.dense.weight", nearest: "bert.encoder.layer.1.output.dens.weight"),
                .wrongShape("bert.embeddings.word_embeddings.weight", expected: [61, 20], got: [5, 20]),
                .missing("classifier.bias"),
                .unexpected("bert.encoder.layer.1.output.dens.weight"),
                .unexpected("quite.another.thing"),
            ])
        #expect(
            error.description.contains(
                "bert.encoder.layer.1.output.dense.weight: missing; is it bert.encoder.layer.1.output.dens.weight?"))
    }

    @Test("Integers where floats belong are refused")
    func type() throws {
        let found = try error { $0["classifier.bias"] = Tensor([1, 2, 3] as [Int32]) }
        #expect(found?.problems == [.wrongType("classifier.bias", expected: "floating-point numbers", got: "int32")])
    }

    @Test("An untouched checkpoint fits")
    func control() throws {
        #expect(try error { _ in } == nil)
    }

    @Test("A model of another kind cannot serve the purpose")
    func purpose() throws {
        let directory = try PretrainedFixture("gpt2").directory
        let error = #expect(throws: ModelFileError.self) {
            try PretrainedModel(directory: directory, for: .classifyingTexts(labels: ["a", "b"]))
        }
        #expect(
            error?.description.hasSuffix("a gpt2 model cannot classify texts; choose another model or task") == true)
    }

    @Test(
        "A configuration of a far larger network than the weights is refused before memory is taken for it",
        arguments: PretrainedFixture.texts + ["resnet"])
    func tooLarge(_ name: String) throws {
        let sizes: KeyValuePairs<String, JSONValue> = [
            "hidden_size": 65536, "num_hidden_layers": 1024, "n_embd": 65536, "n_layer": 1024, "dim": 65536,
            "n_layers": 1024, "stages": [1000, 1000, 1000, 1000],
            "base_channels": 65536, "num_attention_heads": 4,
        ]
        let isResNet = name == "resnet", directory = try PretrainedFixture(isResNet ? "resnet-basic" : name).directory,
            place = try TemporaryDirectory()
        let configuration =
            isResNet ? try PretrainedModel.configuration(in: directory) : try ModelConfiguration(directory: directory)
        var members = try #require(configuration.json.object)
        for (key, value) in sizes {
            if let index = members.firstIndex(where: { $0.key == key }) { members[index].value = value }
        }
        try PretrainedFixture(isResNet ? "resnet-basic" : name).model().save(to: place.path("model"))
        try AtomicFile.write(JSONValue.object(members).text(), to: place.path("model/config.json"))
        let error = #expect(throws: ModelFileError.self) { try PretrainedModel(directory: place.path("model")) }
        guard case .weightsTooFew(_, let expected, let got)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(expected > 1 << 40 && got < 1 << 20)
    }

    @Test("Views that repeat a small storage do not make room for a large network")
    func repeatedElements() throws {
        typealias Bytes = PickleBytes
        let place = try TemporaryDirectory(), fixture = try PretrainedFixture("bert-classifier")
        try fixture.model().save(to: place.path("model"))
        let storage = Bytes.storage(count: 1)
        let members = (0..<40).map { ("t\($0)", Bytes.tensor(storage, shape: [1 << 20], strides: [0])) }
        let file = ZipBytes.model(pickle: Bytes.pickle(Bytes.dictionary(members)), storages: [[0, 0, 0, 0]]).bytes
        try Data(file).write(to: URL(fileURLWithPath: place.path("model/pytorch_model.bin")))
        try FileManager.default.removeItem(atPath: place.path("model/model.safetensors"))
        var configuration = try ModelConfiguration(directory: fixture.directory)
        var sizes = try #require(configuration.sizes as? BertConfiguration)
        sizes.vocabularySize = 1 << 20
        configuration.sizes = sizes
        try AtomicFile.write(configuration.json.text(), to: place.path("model/config.json"))
        #expect(throws: ModelFileError.self) { try PretrainedModel(directory: place.path("model")) }
    }

    @Test("A directory without config.json says so")
    func noConfiguration() throws {
        let place = try TemporaryDirectory()
        let error = #expect(throws: ModelConfigurationError.self) { try PretrainedModel(directory: place.path("")) }
        #expect(error?.description.contains("config.json: cannot open") == true)
    }
}
