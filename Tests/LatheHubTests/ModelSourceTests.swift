import Foundation
import LatheHub
import LatheModels
import LatheTestFiles
import Testing

@Suite("What a user may write for a model")
struct ModelSourceTests {
    @Test("A directory is taken as it is")
    func directory() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        #expect(try ModelSource.directory(for: directory.path, client: unused) == directory.path)
    }

    @Test(
        "What looks like a path is never sent to the hub",
        arguments: [
            "/nowhere/model", "./model", "../model", "~/model", "a/b/c", "model/", "org/model/", "", ".hidden/a/b",
            "model", "my model", "gpt3",
            "gpt3@main", "Sources/model",
        ])
    func paths(argument: String) {
        #expect(
            hubError { try ModelSource.directory(for: argument, client: unused) } == .noSuchDirectory(path: argument))
    }

    @Test("A missing directory is named with the most similar one beside it")
    func nearest() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        try FileManager.default.createDirectory(
            atPath: directory.path + "/sentiment", withIntermediateDirectories: true)
        try directory.write("", to: "sentimnts")
        for typed in ["sentimnt", "sentimnt/"] {
            let error = hubError { try ModelSource.directory(for: directory.path + "/" + typed, client: unused) }
            #expect(
                error == .noSuchDirectory(path: directory.path + "/" + typed, nearest: directory.path + "/sentiment"))
            #expect(
                error?.description
                    == "\(directory.path)/\(typed): no such directory; did you mean \(directory.path)/sentiment?")
        }
    }

    @Test(
        "Names that the hub has without an organisation are looked up there",
        arguments: ["gpt2", "bert-base-uncased@main"])
    func withoutOrganization(name: String) {
        var isAsked = false
        _ = hubError {
            try ModelSource.directory(for: name) { () throws(HubError) in
                isAsked = true
                throw .noSuchRepository(repository: name)
            }
        }
        #expect(isAsked)
    }

    @Test("A file is no model")
    func file() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        try directory.write("", to: "model.safetensors")
        let path = directory.path + "/model.safetensors"
        #expect(hubError { try ModelSource.directory(for: path, client: unused) } == .notDirectory(path: path))
    }

    @Test("A name that is neither a path nor a model's is refused before anybody is asked")
    func neither() {
        #expect(
            hubError { try ModelSource.directory(for: "my/mod el", client: unused) }
                == .invalidName("my/mod el", .character))
    }

    @Test("Any other name is looked up on the hub")
    func name() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let client = try hub.client()
        let path = try ModelSource.directory(for: "org/tiny@main", client: { () throws(HubError) in client })
        #expect(path == hub.folder + "/snapshots/" + FakeHub.commit)
    }

    private func unused() throws(HubError) -> HubClient {
        Issue.record("the hub must not be asked")
        return HubClient(settings: try HubSettings(environment: ["HF_HUB_OFFLINE": "1", "HOME": "/nowhere"]))
    }
}
