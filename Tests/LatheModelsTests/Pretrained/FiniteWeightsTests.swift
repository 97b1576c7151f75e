import Foundation
import LathePacking
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheModels
@testable import LatheWorkflows

@Suite("Weights that are not finite numbers")
struct FiniteWeightsTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    /// A copy of a model whose file has been changed.
    private func damaged(_ fixture: String, _ change: (inout [String: Tensor]) -> Void) throws -> String {
        let fixture = try PretrainedFixture(fixture), directory = place.path("model")
        try FileManager.default.copyItem(atPath: fixture.directory, toPath: directory)
        let path = directory + "/model.safetensors", file = try SafetensorsFile(path: path)
        var tensors = try file.names.reduce(into: [:]) { $0[$1] = try file.tensor($1) }
        change(&tensors)
        var writer = SafetensorsWriter(metadata: ["format": "pt"])
        for (name, tensor) in tensors { writer.add(name, tensor) }
        try writer.write(to: path)
        return directory
    }

    private static func replaced(_ tensor: Tensor?, at index: Int, by value: Float) -> Tensor? {
        tensor.map { tensor in
            var values = tensor.cast(to: .float32).floatArray
            values[index] = value
            return Tensor(values, shape: tensor.shape)
        }
    }

    @Test(
        "A model with one does not open, and the message has the file, the tensor, the value and its place",
        arguments: [Float.nan, .infinity, -.infinity])
    func opening(value: Float) throws {
        let name = "bert.encoder.layer.0.intermediate.dense.weight"
        let directory = try damaged("bert-classifier") { $0[name] = Self.replaced($0[name], at: 5, by: value) }
        let error = #expect(throws: ModuleFileError.self) { try PretrainedModel(directory: directory) }
        let text = value.isNaN ? "NaN" : value > 0 ? "infinity" : "-infinity"
        #expect(error?.description.contains("\(directory)/model.safetensors: \(name): \(text) at [0, 5]") == true)
        #expect(error?.description.contains("does not fit") == false)
    }

    @Test("So do weights in 16 bits, and each tensor is named by the name that its file has")
    func halves() throws {
        let names = ["h.0.attn.c_attn.weight", "ln_f.bias"]
        let directory = try damaged("gpt2") { tensors in
            for name in names {
                let stored = tensors[name] == nil ? "transformer." + name : name
                tensors[stored] = Self.replaced(tensors[stored], at: 1, by: .nan)?.cast(to: .bfloat16)
            }
        }
        let error = #expect(throws: ModuleFileError.self) { try PretrainedModel(directory: directory) }
        for name in names { #expect(error?.description.contains(name) == true) }
        #expect(error?.problems.count == 2)
    }

    @Test("Buffers that hide later tokens are infinite, and open")
    func buffers() throws {
        let directory = try damaged("gpt2") { tensors in
            tensors["transformer.h.0.attn.bias"] = .full([1, 1, 4, 4], -.infinity)
            tensors["transformer.h.0.attn.masked_bias"] = Tensor([-.infinity] as [Float], shape: [])
        }
        _ = try PretrainedModel(directory: directory)
        #expect(try ModelInspection(directory).notFinite.isEmpty)
        var conversion = ModelConversion(model: directory, output: place.path("out"))
        conversion.floats = .float16
        _ = try conversion.run()
    }

    @Test("A part that the model does not read may have one, but is not copied to another model")
    func unusedHead() throws {
        let directory = try damaged("bert-classifier") { $0["qa_outputs.bias"] = Tensor([0, .nan] as [Float]) }
        _ = try PretrainedModel(directory: directory)
        let error = #expect(throws: ModuleFileError.self) {
            try ModelConversion(model: directory, output: place.path("out")).run()
        }
        #expect(error?.description.contains("qa_outputs.bias: NaN at [1]") == true)
        #expect(!FileManager.default.fileExists(atPath: place.path("out")))
    }

    @Test("An inspection lists them")
    func inspection() throws {
        let directory = try damaged("bert-classifier") {
            $0["classifier.bias"] = Self.replaced($0["classifier.bias"], at: 0, by: .infinity)
        }
        #expect(try ModelInspection(directory).notFinite.map(\.name) == ["classifier.bias"])
    }
}
