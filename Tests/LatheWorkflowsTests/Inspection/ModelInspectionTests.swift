import Foundation
import LatheCheckpoints
import LatheModels
import LatheTestFiles
import LatheTestModels
import LatheWorkflows
import Testing

@Suite("Inspecting models")
struct ModelInspectionTests {
    @Test(
        "Every part that has tensors of a model of ours is told what it is",
        arguments: PretrainedFixture.texts + ["resnet-basic", "resnet-bottleneck"])
    func kinds(name: String) throws {
        let fixture = try PretrainedFixture(name), inspection = try ModelInspection(fixture.directory),
            network = try fixture.model().network
        #expect(inspection.configurationProblem == nil)
        #expect(inspection.tree.byteCount > 0)
        let kinds = Set(network.namedModules.map { String(describing: type(of: $0.module)) })
        func check(_ tree: TensorTree) {
            if !tree.tensors.isEmpty, !tree.path.isEmpty, tree.kind == nil {
                // `cls.predictions.bias` belongs to the decoder here, and what belongs to heads of other tasks to
                // nobody.
                let isHead = inspection.configuration?.unsupportedClass != nil && tree.path.hasPrefix("cls.")
                #expect(
                    isHead || ["cls.predictions", "lm_head", "bert.pooler.dense"].contains(tree.path), "\(tree.path)")
            }
            if let kind = tree.kind { #expect(kinds.contains(kind), "\(tree.path) is a \(kind)") }
            tree.children.forEach(check)
        }
        check(inspection.tree)
    }

    @Test("The parameters of a model are those of its network")
    func parameters() throws {
        let fixture = try PretrainedFixture("bert-classifier"), inspection = try ModelInspection(fixture.directory)
        #expect(inspection.tree.parameterCount == (try fixture.model().network.parameterCount))
        #expect(inspection.configuration?.labels == ["contradiction", "entailment", "neutral"])
        #expect(inspection.files == [fixture.directory + "/model.safetensors"])
    }

    @Test("All files of a model that is cut into several are listed, and make one tree")
    func shards() throws {
        let whole = try ModelInspection(PretrainedFixture("bert-classifier").directory)
        let cut = try ModelInspection(PretrainedFixture("bert-classifier-sharded").directory)
        #expect(cut.files.count == 3)
        #expect(cut.tree.parameterCount == whole.tree.parameterCount)
        #expect(cut.tree.children.map(\.kind) == whole.tree.children.map(\.kind))
    }

    @Test("A file alone has tensors and no kinds")
    func file() throws {
        let inspection = try ModelInspection(PretrainedFixture("gpt2").directory + "/model.safetensors")
        #expect(inspection.configuration == nil)
        #expect(inspection.configurationProblem == nil)
        #expect(inspection.tree.children.map(\.kind) == [nil])
    }

    @Test("A model that is not ours is shown, with the reason why it does not run")
    func foreignModel() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.copyItem(
            atPath: PretrainedFixture("gpt2").directory + "/model.safetensors",
            toPath: directory.path("model.safetensors"))
        try Data(#"{"model_type": "llama"}"#.utf8).write(to: URL(fileURLWithPath: directory.path("config.json")))
        let inspection = try ModelInspection(directory.path(""))
        #expect(inspection.tree.parameterCount > 0)
        #expect(inspection.configurationProblem?.contains("llama is not supported") == true)
    }

    @Test("A configuration of any size takes no memory")
    func largeConfiguration() throws {
        let directory = try TemporaryDirectory(), fixture = try PretrainedFixture("gpt2").directory
        try FileManager.default.copyItem(
            atPath: fixture + "/model.safetensors", toPath: directory.path("model.safetensors"))
        let config = try String(contentsOfFile: fixture + "/config.json", encoding: .utf8)
        // 24 TB of weights.
        let large = config.replacingOccurrences(of: #""n_embd": 16"#, with: #""n_embd": 65536"#)
            .replacingOccurrences(of: #""n_layer": 2"#, with: #""n_layer": 100"#).replacingOccurrences(
                of: #""vocab_size": 61"#, with: #""vocab_size": 10000000"#)
        try #require(large.contains("65536") && large.contains("10000000"))
        try Data(large.utf8).write(to: URL(fileURLWithPath: directory.path("config.json")))
        let inspection = try ModelInspection(directory.path(""))
        #expect(inspection.configurationProblem == nil)
        #expect(inspection.tree.children[0].kind == "GPT2Model")
    }

    @Test("An empty directory is an error")
    func emptyDirectory() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: (any Error).self) { try ModelInspection(directory.path("")) }
    }

    /// A model's directory beside whose weights lies a tensor of a type that Lathe does not read.
    private func withTensor(_ name: String, _ type: SafetensorsType) throws -> TemporaryDirectory {
        let fixture = try PretrainedFixture("bert-classifier"), directory = try TemporaryDirectory(),
            file = try SafetensorsFile(path: fixture.directory + "/model.safetensors")
        try FileManager.default.copyItem(
            atPath: fixture.directory + "/config.json", toPath: directory.path("config.json"))
        var writer = SafetensorsWriter(metadata: ["format": "pt"])
        for stored in file.names where stored != name { writer.add(stored, try file.tensor(stored)) }
        writer.add(name, type: type, shape: [8]) { emit in
            try [UInt8](repeating: 1, count: type.bitWidth).withUnsafeBytes { try emit($0) }
        }
        try writer.write(to: directory.path("model.safetensors"))
        return directory
    }

    private static let foreignTypes: [SafetensorsType] = [.f8e8m0, .f4, .c64, .f8e4m3fnuz, .f6e3m2, .f8e4m3]

    @Test(
        "A tensor of a type that Lathe does not read is listed, and is no matter where nothing reads it",
        arguments: foreignTypes)
    func foreignType(_ type: SafetensorsType) throws {
        let directory = try withTensor("scales.extra", type), inspection = try ModelInspection(directory.path(""))
        #expect(inspection.tree.children.contains { $0.tensors.contains { $0.storedType == type } })
        #expect(try PretrainedModel(directory: directory.path("")).unusedTensors == ["scales.extra"])
    }

    @Test("Where it is read it is an error that names file, tensor and type", arguments: foreignTypes)
    func foreignWeight(_ type: SafetensorsType) throws {
        let directory = try withTensor("classifier.bias", type)
        _ = try ModelInspection(directory.path(""))
        let error = #expect(throws: (any Error).self) { try PretrainedModel(directory: directory.path("")) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("model.safetensors") && text.contains("classifier.bias"), "\(text)")
    }
}
