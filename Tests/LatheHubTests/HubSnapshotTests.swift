import Foundation
import Testing

@testable import LatheFiles
@testable import LatheHub

@Suite("Snapshots from the hub")
struct HubSnapshotTests {
    @Test("A download is laid out as huggingface_hub does it")
    func layout() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let path = try hub.snapshot()
        #expect(path == hub.folder + "/snapshots/" + FakeHub.commit)
        let names = ["config.json", "model.safetensors", "vocab.txt"]
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == names)
        for name in names {
            let content = try #require(FakeHub.model[name])
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name)
            #expect(target == "../../blobs/" + FakeHub.etag(name, content))
            #expect(hub.bytes(path + "/" + name) == content)
        }
        #expect(hub.bytes(hub.folder + "/refs/main") == Array(FakeHub.commit.utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: hub.folder + "/blobs").count == 3)
        #expect(hub.bytes(hub.folder + "/.no_exist/" + FakeHub.commit + "/tokenizer.json") == [])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: hub.directory + "/.locks/models--org--tiny").count == 3)
        #expect(hub.warnings == [])
    }

    @Test("A model with its companions has all that is not weights in another form, from the cache as well")
    func companions() throws {
        var files = FakeHub.model
        for name in ["modules.json", "1_Pooling/config.json"] { files[name] = Array("{}".utf8) }
        files["onnx/model.onnx"] = [1]
        let hub = try FakeHub(files: files)
        defer { hub.remove() }
        let path = try hub.snapshot("org/tiny", .modelWithCompanions)
        for name in ["README.md", "modules.json", "1_Pooling/config.json", "vocab.txt", "model.safetensors"] {
            #expect(hub.bytes(path + "/" + name) == files[name])
        }
        #expect(hub.bytes(path + "/onnx/model.onnx") == nil)
        #expect(try hub.snapshot("org/tiny", .modelWithCompanions, environment: ["HF_HUB_OFFLINE": "1"]) == path)
    }

    @Test("Progress goes up to the size of every file")
    func progress() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.snapshot()
        var counts: [Int] = []
        for case .progress("model.safetensors", let count, FakeHub.weights.count) in hub.events.withLock({ $0 }) {
            counts.append(count)
        }
        #expect(counts.first == 0 && counts.last == FakeHub.weights.count && counts == counts.sorted())
    }

    @Test("The token goes to the hub and not to the server that it redirects to")
    func token() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.snapshot(environment: ["HF_TOKEN": "hf_secret"])
        #expect(hub.server.requests.allSatisfy { $0.fields["authorization"] == "Bearer hf_secret" })
        #expect(hub.store.requests.map(\.path) == ["/model.safetensors?signature=secret"])
        #expect(hub.store.requests.allSatisfy { $0.fields["authorization"] == nil })
    }

    @Test("A repository that was renamed is followed, with the token")
    func renamed() throws {
        let hub = try FakeHub(hub: { request in
            guard request.path.contains("/old") else { return nil }
            return .init(status: 307, fields: ["Location": request.path.replacing("/old", with: "/org/tiny")])
        })
        defer { hub.remove() }
        let path = try hub.snapshot("old", environment: ["HF_TOKEN": "hf_secret"])
        #expect(path == hub.directory + "/models--old/snapshots/" + FakeHub.commit)
        #expect(hub.bytes(path + "/model.safetensors") == FakeHub.weights)
        #expect(hub.server.requests.allSatisfy { $0.fields["authorization"] == "Bearer hf_secret" })
    }

    @Test("Weights in several files are all fetched")
    func shards() throws {
        let index = #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#
        let hub = try FakeHub(files: [
            "config.json": [], "model.safetensors.index.json": Array(index.utf8), "model-1.safetensors": [1],
            "model-2.safetensors": [2, 2], "pytorch_model.bin": [3],
        ])
        defer { hub.remove() }
        let path = try hub.snapshot()
        #expect(hub.bytes(path + "/model-1.safetensors") == [1] && hub.bytes(path + "/model-2.safetensors") == [2, 2])
        #expect(hub.bytes(path + "/pytorch_model.bin") == nil)
    }

    @Test("Named files are fetched, and no others")
    func named() throws {
        let hub = try FakeHub(files: ["onnx/deep/README.md": [7]])
        defer { hub.remove() }
        let path = try hub.snapshot("org/tiny", .named(["onnx/deep/README.md"]))
        #expect(hub.bytes(path + "/onnx/deep/README.md") == [7])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: path + "/onnx/deep/README.md").hasPrefix(
                "../../../../blobs/"))
        #expect(hub.failure("org/tiny", .named(["x.txt"])) == .noSuchFile(try HubReference("org/tiny"), file: "x.txt"))
    }

    @Test("What huggingface_hub has downloaded is used")
    func existing() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let path = hub.folder + "/snapshots/" + FakeHub.commit
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, content) in FakeHub.model {
            try hub.write(content, to: hub.blob(name, content))
            let target = "../../blobs/" + FakeHub.etag(name, content)
            try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
        }
        #expect(try hub.snapshot() == path)
        #expect(hub.server.requests.map(\.path) == ["/api/models/org/tiny/revision/main"] && hub.store.requests.isEmpty)
    }

    @Test("A commit that is complete is used without asking anybody")
    func commit() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let path = try hub.snapshot("org/tiny@" + FakeHub.commit)
        #expect(!FileManager.default.fileExists(atPath: hub.folder + "/refs/" + FakeHub.commit))
        let count = hub.server.requests.count
        #expect(count > 0)
        #expect(try hub.snapshot("org/tiny@" + FakeHub.commit) == path)
        #expect(hub.server.requests.count == count)
        try FileManager.default.removeItem(atPath: path + "/vocab.txt")
        #expect(try hub.snapshot("org/tiny@" + FakeHub.commit) == path)
        #expect(hub.bytes(path + "/vocab.txt") == FakeHub.model["vocab.txt"])
    }

    @Test("Offline, the cache serves with a warning, and without one there is an error that names the variable")
    func offline() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let error = hub.failure(environment: ["HF_HUB_OFFLINE": "1"])
        let reference = try HubReference("org/tiny")
        #expect(error == .offline(reference, cacheDirectory: hub.directory))
        #expect(error?.description.contains("HF_HUB_OFFLINE") == true)
        #expect(hub.server.requests.isEmpty)
        let path = try hub.snapshot()
        let count = hub.server.requests.count
        #expect(try hub.snapshot(environment: ["HF_HUB_OFFLINE": "1"]) == path)
        #expect(hub.server.requests.count == count)
        #expect(hub.warnings == [.usingCache(reference, commit: FakeHub.commit, error: nil)])
        try FileManager.default.removeItem(atPath: path + "/model.safetensors")
        #expect(hub.failure(environment: ["HF_HUB_OFFLINE": "1"]) == error)
    }

    @Test("When the hub cannot be reached, the cache serves with a warning, and without one there is an error")
    func unreachable() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let path = try hub.snapshot()
        hub.server.stop()
        #expect(try hub.snapshot() == path)
        guard case .usingCache(_, FakeHub.commit, .connection(_, .cannotConnect)?)? = hub.warnings.first else {
            Issue.record("expected a warning about the connection, got \(hub.warnings)")
            return
        }
        let url = hub.server.url + "/api/models/org/tiny/revision/v2"
        #expect(hub.failure("org/tiny@v2") == .connection(url: url, .cannotConnect))
        #expect(hub.pauses.withLock { $0 } == [])
    }

    /// What `body` returns on a thread of its own, so that it does not wait for other tests.
    private static func onThread(_ body: @escaping @Sendable () throws -> String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    @Test("Two clients at once fetch every file once")
    func together() async throws {
        let asked = Guarded(0)
        let hub = try FakeHub(
            hub: { request in
                if request.method == "HEAD", request.path.hasSuffix("model.safetensors") { asked.withLock { $0 += 1 } }
                return nil
            },
            store: { _ in
                // Both are there before one is served.
                for _ in 0..<500 where asked.withLock({ $0 }) < 2 { Thread.sleep(forTimeInterval: 0.01) }
                Thread.sleep(forTimeInterval: 0.1)
                return nil
            })
        defer { hub.remove() }
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<2 { group.addTask { try await Self.onThread { try hub.snapshot() } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(paths == Array(repeating: hub.folder + "/snapshots/" + FakeHub.commit, count: 2))
        #expect(hub.store.requests.count == 1)
    }

    @Test("A file that another process fetches is waited for, and then used", .timeLimit(.minutes(1)))
    func lock() async throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let cache = HubCache(directory: hub.directory, repository: "org/tiny")
        try cache.prepare()
        let lock = try BlobLock(path: cache.lock(FakeHub.sha256(FakeHub.weights))) {
            Issue.record("nobody has the lock")
        }
        async let path = Self.onThread { try hub.snapshot() }
        while !hub.warnings.contains(.waiting(file: "model.safetensors")) {
            try await Task.sleep(for: .milliseconds(5))
        }
        try hub.write(FakeHub.weights, to: hub.weightsBlob)
        _ = consume lock
        #expect(hub.bytes(try await path + "/model.safetensors") == FakeHub.weights)
        #expect(hub.store.requests.isEmpty)
    }
}
