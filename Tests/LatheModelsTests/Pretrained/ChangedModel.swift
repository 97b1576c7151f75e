import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheFiles
@testable import LatheModels

/// A recorded model whose files a test has changed.
struct ChangedModel {
    private let place: TemporaryDirectory
    var directory: String { place.path("model") }

    /// - Parameters:
    ///   - name: of the recorded model.
    ///   - fields: fields of `config.json`; null removes one.
    ///   - change: changes the tensors of `model.safetensors`.
    init(
        _ name: String, fields: KeyValuePairs<String, JSONValue> = [:],
        _ change: (inout [String: Tensor]) -> Void = { _ in }
    ) throws {
        let fixture = try PretrainedFixture(name),
            file = try SafetensorsFile(path: fixture.directory + "/model.safetensors")
        place = try TemporaryDirectory()
        try fixture.model().save(to: place.path("model"))
        var tensors = try file.names.reduce(into: [:]) { $0[$1] = try file.tensor($1) }
        change(&tensors)
        var writer = SafetensorsWriter(metadata: ["format": "pt"])
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) { writer.add(name, tensor) }
        try writer.write(to: place.path("model/model.safetensors"))
        var members = try #require(
            try StrictJSON.parse(String(decoding: try place.contents("model/config.json"), as: UTF8.self)).object)
        for (key, value) in fields {
            members.removeAll { $0.key == key }
            if !value.isNull { members.append(.init(key, value)) }
        }
        try AtomicFile.write(JSONValue.object(members).text(), to: place.path("model/config.json"))
    }

    func open(for purpose: PretrainedModel.Purpose = .asSaved) throws -> PretrainedModel {
        try PretrainedModel(directory: directory, for: purpose)
    }

    /// The model as it is after saving and opening it.
    func reopened() throws -> PretrainedModel {
        try open().save(to: place.path("again"))
        return try PretrainedModel(directory: place.path("again"))
    }

    /// The names of the tensors that a saved copy has.
    func savedNames() throws -> [String] {
        try open().save(to: place.path("names"))
        return try SafetensorsFile(path: place.path("names/model.safetensors")).names
    }

    /// Opens the model, and returns the notes about it.
    func notes(for purpose: PretrainedModel.Purpose = .asSaved) throws -> [String] {
        let notes = Guarded<[String]>([])
        let receiver = ModelNotes { note in notes.withLock { $0.append(note) } }
        _ = try ModelNotes.$current.withValue(receiver) { try open(for: purpose) }
        return notes.withLock { $0 }
    }
}
