import Foundation
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheFiles
@testable import LatheModels
@testable import LatheWorkflows

@Suite("Conversions of models")
struct ModelConversionTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    @discardableResult
    private func convert(_ model: String, floats: DType? = nil, to name: String = "out") throws
        -> ModelConversion.Summary
    {
        var conversion = ModelConversion(model: model, output: place.path(name))
        conversion.floats = floats
        return try conversion.run()
    }

    private func file(_ name: String = "out") throws -> SafetensorsFile {
        try SafetensorsFile(path: place.path(name + "/model.safetensors"))
    }

    /// Writes a file, in a directory that is made if needed.
    private func write(_ text: String, _ name: String) throws {
        let url = URL(fileURLWithPath: place.path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Copies a fixture into the temporary directory, to add something.
    private func copy(_ fixture: String, as name: String = "in") throws -> String {
        try FileManager.default.copyItem(atPath: PretrainedFixture(fixture).directory, toPath: place.path(name))
        return place.path(name)
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: place.path(name)) }

    @Test(
        "Every form of file becomes one model.safetensors with the tensors as they were",
        arguments: [
            "bert-classifier", "bert-classifier-sharded", "bert-classifier-bin", "bert-classifier-bin-sharded",
            "bert-classifier-old-names",
            "bert-classifier-half", "bert-classifier-bfloat16", "bert-masked-lm", "roberta-masked-lm", "gpt2",
            "gpt2-bare", "resnet-basic",
        ])
    func tensors(_ name: String) throws {
        let fixture = try PretrainedFixture(name), source = try Checkpoint(directory: fixture.directory)
        let summary = try convert(fixture.directory), file = try file()
        #expect(summary.tensorCount == source.entries.count && file.entries.count == source.entries.count)
        #expect(summary.byteCount == file.byteCount)
        #expect(file.metadata["format"] == "pt")
        for entry in source.entries {
            let found = try #require(file[entry.name])
            #expect(found.shape == entry.shape && found.type == entry.storedType, "\(entry.name)")
            try source.withStoredBytes(of: entry.name) { expected in
                try file.withBytes(of: entry.name) { #expect($0.elementsEqual(expected), "\(entry.name)") }
            }
        }
        let (before, after) = (try fixture.model().network, try PretrainedModel(directory: place.path("out")).network)
        for (left, right) in zip(before.namedParameters, after.namedParameters) {
            #expect(
                left.path == right.path && left.parameter.detached.floatArray == right.parameter.detached.floatArray)
        }
    }

    @Test("config.json stays byte for byte without another type of floats")
    func configuration() throws {
        let model = try copy("bert-classifier")
        let text = String(decoding: try place.contents("in/config.json"), as: UTF8.self)
        try write(#"{"own": {"deep": [1, 2.50, "x"]}, "# + text.drop { $0 == "{" || $0 == "\n" }, "in/config.json")
        try convert(model)
        #expect(try place.contents("out/config.json") == place.contents("in/config.json"))
    }

    @Test("What is beside the weights comes along; weights in other forms and files of training runs do not")
    func companions() throws {
        let model = try copy("bert-classifier")
        let kept = [
            "tokenizer.json", "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors",
            "generation_config.json", "README.md", "LICENSE", "assets/a.png", "lathe.json",
        ]
        for name in kept { try write("content of \(name)", "in/" + name) }
        try write("", "in/empty.txt")
        try FileManager.default.createDirectory(atPath: place.path("in/3_Normalize"), withIntermediateDirectories: true)
        for name in ["onnx/model.onnx", "tf_model.h5", "training/training.jsonl", ".git/HEAD"] {
            try write("x", "in/" + name)
        }
        let summary = try convert(model)
        for name in kept + ["empty.txt"] {
            #expect(try place.contents("out/" + name) == place.contents("in/" + name), "\(name)")
        }
        #expect(
            exists("out/3_Normalize") && !exists("out/onnx") && !exists("out/training") && !exists("out/.git")
                && !exists("out/tf_model.h5"))
        #expect(
            Set(kept).isSubset(of: summary.files) && summary.files.contains("model.safetensors")
                && summary.files.contains("config.json"))
        #expect(
            summary.leftOut.contains("onnx/model.onnx") && summary.leftOut.contains("tf_model.h5")
                && summary.leftOut.contains("training/"))
    }

    @Test(
        "Another type of floats is that of every float, and config.json names it",
        arguments: [DType.float32, .float16, .bfloat16])
    func floats(_ floats: DType) throws {
        let fixture = try PretrainedFixture("bert-classifier-half")
        try convert(fixture.directory, floats: floats)
        #expect(try file().entries.allSatisfy { $0.type == floats.safetensorsType || $0.type == .i64 })
        let config = try StrictJSON.parse(String(decoding: place.contents("out/config.json"), as: UTF8.self))
        #expect((config["torch_dtype"] ?? config["dtype"])?.string == floats.rawValue)
        let before = try StrictJSON.parse(
            String(decoding: Data(contentsOf: URL(fileURLWithPath: fixture.directory + "/config.json")), as: UTF8.self))
        func rest(_ json: JSONValue) -> [JSONValue.Member] {
            (json.object ?? []).filter { !["torch_dtype", "dtype"].contains($0.key) }
        }
        #expect(JSONValue.object(rest(config)) == .object(rest(before)))
        // float16 holds what the file has; bfloat16 rounds it.
        guard floats != .bfloat16 else { return }
        let (left, right) = (
            try fixture.model().network.namedParameters,
            try PretrainedModel(directory: place.path("out")).network.namedParameters
        )
        for (left, right) in zip(left, right) {
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray)
        }
    }

    @Test("Packed weights stay packed, with scales in float32, and compute the same")
    func packed() throws {
        let model = try PretrainedFixture("bert-classifier").model(),
            batch = TokenBatch(joining: [[2, 5, 7], [2, 3]])
        let network = try #require(model.network as? BertForSequenceClassification)
        network.packWeights(.w4a8)
        try model.save(to: place.path("packed"))
        try convert(place.path("packed"))
        #expect(try place.contents("out/model.safetensors") == place.contents("packed/model.safetensors"))
        try convert(place.path("packed"), floats: .float16, to: "half")
        let file = try file("half")
        #expect(file.entries.allSatisfy { $0.name.hasSuffix("_scale") ? $0.type == .f32 : $0.type != .f32 })
        let opened = try PretrainedModel(directory: place.path("half"))
        #expect(
            opened.network.layerSchemes(includesActivations: false).count
                == network.layerSchemes(includesActivations: false).count)
        let again = try #require(opened.network as? BertForSequenceClassification)
        #expect(relativeError(withInference { again(batch) }, withInference { network(batch) }) < 0.01)
    }

    @Test("A residual network without config.json gets one, from a directory and from a single file")
    func residual() throws {
        let fixture = try PretrainedFixture("resnet-basic")
        try FileManager.default.createDirectory(atPath: place.path("in"), withIntermediateDirectories: true)
        let weights = try #require(
            Checkpoint.fileNames.first { FileManager.default.fileExists(atPath: fixture.directory + "/" + $0) })
        try FileManager.default.copyItem(atPath: fixture.directory + "/" + weights, toPath: place.path("in/" + weights))
        try write("not of the model", "in/notes.txt")
        try convert(place.path("in/" + weights), to: "file")
        #expect(exists("file/config.json") && !exists("file/notes.txt"))
        try convert(place.path("in"))
        #expect(try place.contents("out/config.json") == place.contents("file/config.json"))
        _ = try PretrainedModel(directory: place.path("out"))
    }

    @Test("A head that shares its table in a file of PyTorch is written once")
    func tied() throws {
        let fixture = try PretrainedFixture("gpt2"), source = try Checkpoint(directory: fixture.directory)
        let entries = source.entries.filter { $0.storedType == .f32 }
        var members: [(String, [UInt8])] = [], storages: [[UInt8]] = []
        for (number, entry) in entries.enumerated() {
            try source.withStoredBytes(of: entry.name) { storages.append(Array($0)) }
            var strides = [Int](repeating: 1, count: entry.shape.count)
            for axis in entry.shape.indices.dropLast().reversed() {
                strides[axis] = strides[axis + 1] * entry.shape[axis + 1]
            }
            let tensor = PickleBytes.tensor(
                PickleBytes.storage(String(number), count: entry.elementCount), shape: entry.shape, strides: strides)
            members.append((entry.name, tensor))
            if entry.name == "transformer.wte.weight" { members.append(("lm_head.weight", tensor)) }
        }
        try FileManager.default.createDirectory(atPath: place.path("in"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: fixture.directory + "/config.json", toPath: place.path("in/config.json"))
        let bytes = ZipBytes.model(pickle: PickleBytes.pickle(PickleBytes.dictionary(members)), storages: storages)
            .bytes
        try Data(bytes).write(to: URL(fileURLWithPath: place.path("in/pytorch_model.bin")))
        #expect(try Checkpoint(directory: place.path("in")).sharesElements("lm_head.weight"))
        try convert(place.path("in"))
        #expect(
            try file()["lm_head.weight"] == nil && file()["transformer.wte.weight"] != nil
                && file().entries.count == entries.count)
        let (before, after) = (try fixture.model().network, try PretrainedModel(directory: place.path("out")).network)
        for (left, right) in zip(before.namedParameters, after.namedParameters) {
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray)
        }
    }

    @Test("A value that float16 cannot hold is an error that names the tensor, and nothing is written")
    func overflow() throws {
        let model = try PretrainedFixture("bert-classifier").model(), name = "classifier.weight"
        let parameter = try #require(model.network.namedParameters.first { $0.path == name }?.parameter)
        parameter.value = parameter.detached + 70_000
        try model.save(to: place.path("in"))
        let error = #expect(throws: NarrowingError.self) { try convert(place.path("in"), floats: .float16) }
        #expect(
            error?.description.contains("model.safetensors: \(name): ") == true
                && error?.description.contains("float16") == true)
        #expect(!exists("out"))
        try convert(place.path("in"), floats: .bfloat16)
    }

    @Test("The directory of the model is refused, by whatever path, and so is a directory with a model")
    func refusals() throws {
        let model = try copy("bert-classifier")
        try FileManager.default.createSymbolicLink(atPath: place.path("link"), withDestinationPath: model)
        for output in ["in", "in/../in", "link"] {
            #expect(throws: ConversionError.sameDirectory(place.path(output))) { try convert(model, to: output) }
        }
        try convert(model)
        #expect(throws: ConversionError.occupied(directory: place.path("out"), file: "model.safetensors")) {
            try convert(model)
        }
        var conversion = ModelConversion(model: model, output: place.path("out"))
        conversion.overwrites = true
        _ = try conversion.run()
    }

    @Test("What is no model that Lathe opens is an error, and nothing is written")
    func broken() throws {
        let model = try copy("bert-classifier")
        try write(#"{"model_type": "bert", "hidden_size": 7}"#, "in/config.json")
        #expect(throws: (any Error).self) { try convert(model) }
        #expect(!exists("out"))
    }

    @Test(
        "Which files belong to a model is decided by their names",
        arguments: [
            ("tokenizer.json", true), ("README.md", true), ("1_Pooling/config.json", true),
            ("2_Dense/pytorch_model.bin", true), ("assets/x.png", true),
            ("config.json", false), ("model.safetensors", false), ("pytorch_model-00001-of-00002.bin", false),
            ("pytorch_model.bin.index.json", false),
            ("onnx/model.onnx", false), ("tf_model.h5", false), ("training/training.jsonl", false),
            (".gitattributes", false), ("a/.b/c", false), ("", false),
        ])
    func names(path: String, isCompanion: Bool) {
        #expect(CompanionFiles.isCompanion(path) == isCompanion)
    }
}
