import Foundation
import LatheCheckpoints
import LatheModels
import Testing

@testable import LatheHub

@Suite("Answers that the hub client refuses")
struct HubRefusalTests {
    private func failure(
        _ status: Int, _ fields: [String: String] = [:], on part: String = "/api", environment: [String: String] = [:]
    ) throws -> HubError? {
        let hub = try FakeHub(hub: { $0.path.contains(part) ? .init(status: status, fields: fields) : nil })
        defer { hub.remove() }
        return hub.failure(environment: environment)
    }

    @Test("Without a right to read, the message says how to get one")
    func access() throws {
        let token = ["HF_TOKEN": "hf_x"]
        for fields in [[:], ["WWW-Authenticate": "Basic realm=\"hub\""], ["WWW-Authenticate": "Bearer"]] {
            let anonymous = try failure(401, fields)
            #expect(anonymous == .unauthorized(repository: "org/tiny", hasToken: false))
            #expect(anonymous?.description.contains("set HF_TOKEN") == true)
            #expect(
                try failure(401, fields, environment: token) == .unauthorized(repository: "org/tiny", hasToken: true))
        }
        #expect(try failure(403, ["X-Error-Message": "no"]) == .forbidden(repository: "org/tiny", message: "no"))
        guard
            case .gated("org/tiny", let page, true)? = try failure(
                403, ["X-Error-Code": "GatedRepo"], on: "/resolve/", environment: token)
        else {
            Issue.record("expected a gated repository")
            return
        }
        #expect(page.hasSuffix("/org/tiny"))
    }

    @Test("What does not exist is named")
    func missing() throws {
        let reference = try HubReference("org/tiny")
        #expect(try failure(404) == .noSuchRepository(repository: "org/tiny"))
        #expect(
            try failure(404, ["X-Error-Code": "RevisionNotFound"])
                == .noSuchRevision(repository: "org/tiny", revision: "main"))
        #expect(try failure(404, on: "config.json") == .noSuchFile(reference, file: "config.json"))
        for (files, expected) in [
            (["model.safetensors": [UInt8(1)]], HubError.noConfiguration(reference)),
            (["config.json": []], .noWeights(reference, expected: Checkpoint.fileNames)),
        ] {
            let hub = try FakeHub(files: files)
            defer { hub.remove() }
            #expect(hub.failure() == expected)
        }
    }

    @Test(
        "File names that lead out of the cache are refused",
        arguments: [
            "../evil", "/etc/passwd", "a/../../b", "a\\b", "a\0b", "", "a//b", ".", "a/..",
        ])
    func fileNames(name: String) throws {
        let hub = try FakeHub(hub: { $0.path.hasPrefix("/api") ? FakeHub.listing(["config.json", name]) : nil })
        defer { hub.remove() }
        #expect(hub.failure() == .unsafeFileName(repository: "org/tiny", name: name))
        #expect(hub.failure("org/tiny", .named([name])) == .unsafeFileName(repository: "org/tiny", name: name))
        #expect(!FileManager.default.fileExists(atPath: hub.folder + "/snapshots"))
    }

    @Test("Shards outside the directory are refused")
    func shardNames() throws {
        let hub = try FakeHub(files: [
            "config.json": [], "model.safetensors.index.json": Array(#"{"weight_map": {"a": "../../evil"}}"#.utf8),
        ])
        defer { hub.remove() }
        guard case .index(let problem)? = hub.failure() else {
            Issue.record("a shard outside the directory must be refused")
            return
        }
        #expect(problem.contains("../../evil"))
    }

    @Test(
        "ETags that are no file names are refused",
        arguments: [
            "../../evil", "..", ".hidden", "a/b", "a b", "", "/abs", String(repeating: "a", count: 300),
        ])
    func etags(etag: String) throws {
        let hub = try FakeHub(hub: {
            $0.path.contains("config.json") ? .init(fields: ["ETag": "\"\(etag)\""], body: [1]) : nil
        })
        defer { hub.remove() }
        #expect(hub.failure() == .unsafeETag(file: "config.json", etag: "\"\(etag)\""))
    }

    @Test(
        "Answers that are no hub's are refused",
        arguments: [
            "<html>login</html>", "{}", #"{"sha": "main", "siblings": []}"#, #"{"sha": "\#(FakeHub.commit)"}"#,
            #"{"sha": "\#(FakeHub.commit)", "siblings": [{}]}"#, #"{"sha": "../../evil", "siblings": []}"#,
        ])
    func malformed(text: String) throws {
        let hub = try FakeHub(hub: { _ in .init(body: Array(text.utf8)) })
        defer { hub.remove() }
        guard case .malformedAnswer? = hub.failure() else {
            Issue.record("\(text) must be refused")
            return
        }
    }

    @Test("Another commit than the one asked for is refused")
    func otherCommit() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let url = hub.server.url + "/api/models/org/tiny/revision/"
        let asked = String(FakeHub.commit.reversed())
        #expect(
            hub.failure("org/tiny@" + asked)
                == .malformedAnswer(url: url + asked, problem: "expected commit \(asked), got \(FakeHub.commit)"))
    }

    @Test(
        "A file without an ETag, without a size or of another commit is refused",
        arguments: [
            [:], ["X-Linked-Etag": "\"a\"", "Location": "http://127.0.0.1:9/"],
            ["ETag": "\"a\"", "X-Repo-Commit": "other"],
        ])
    func metadata(fields: [String: String]) throws {
        let status = fields["Location"] == nil ? 200 : 302
        let hub = try FakeHub(hub: {
            $0.path.contains("config.json") ? .init(status: status, fields: fields, body: [1]) : nil
        })
        defer { hub.remove() }
        guard case .malformedAnswer? = hub.failure() else {
            Issue.record("\(fields) must be refused")
            return
        }
    }

    @Test("Too long a list of files is not read to its end")
    func tooLarge() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        let connection = HubConnection(try hub.client().settings, reference: try HubReference("org/tiny"))
        let error = hubError { try connection.json(at: connection.listingURL, limit: 10) }
        #expect(error == .answerTooLarge(url: hub.server.url + "/api/models/org/tiny/revision/main", limit: 10))
    }

    @Test(
        "Redirections to anything but HTTP are refused",
        arguments: [
            "file:///etc/passwd", "ftp://127.0.0.1/x", "//", "http://", "javascript:x", "http:///x",
        ])
    func redirections(location: String) throws {
        let hub = try FakeHub(hub: { _ in .init(status: 302, fields: ["Location": location]) })
        defer { hub.remove() }
        #expect(hub.failure() != nil)
        #expect(hub.server.requests.count <= 11)
    }

    @Test("Redirections in a circle come to an end")
    func circle() throws {
        let hub = try FakeHub(hub: { .init(status: 302, fields: ["Location": $0.path]) })
        defer { hub.remove() }
        #expect(hub.failure() == .tooManyRedirects(url: hub.server.url + "/api/models/org/tiny/revision/main"))
    }

    @Test("A revision with slashes is one part of the address")
    func revision() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.snapshot("org/tiny@refs/pr/1")
        #expect(hub.server.requests.first?.path == "/api/models/org/tiny/revision/refs%2Fpr%2F1")
        #expect(hub.bytes(hub.folder + "/refs/refs/pr/1") == Array(FakeHub.commit.utf8))
    }

    @Test("Secrets in an address are not shown")
    func secrets() throws {
        let hub = try FakeHub(store: { _ in .init(status: 403) })
        defer { hub.remove() }
        #expect(hub.failure() == .status(url: hub.store.url + "/model.safetensors", code: 403, retryAfter: nil))
    }
}
