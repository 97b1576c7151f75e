import Foundation
import LatheTestFiles
import Testing

@testable import LatheFiles
@testable import LatheHub

/// A hub with one repository, `org/tiny`, and a cache that is there for one test.
///
/// Weights are "large": the hub redirects to a second server for them and names them by SHA-256; all else it sends
/// itself and names by git's hash.
final class FakeHub: Sendable {
    typealias Request = LoopbackServer.Request
    typealias Response = LoopbackServer.Response

    static let commit = "0123456789abcdef0123456789abcdef01234567"
    static let weights = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    static let model: [String: [UInt8]] = [
        "config.json": Array(#"{"model_type": "bert"}"#.utf8), "model.safetensors": weights,
        "vocab.txt": Array("[PAD]\n".utf8), "README.md": Array("# Tiny".utf8),
    ]

    let directory: String
    let server: LoopbackServer
    let store: LoopbackServer
    let pauses = Guarded<[Double]>([])
    let events = Guarded<[HubEvent]>([])

    /// - Parameters:
    ///   - hub: answers in the hub's place where it does not return nil.
    ///   - store: the same for the server of large files.
    init(
        files: [String: [UInt8]] = FakeHub.model, hub: @escaping @Sendable (Request) -> Response? = { _ in nil },
        store: @escaping @Sendable (Request) -> Response? = { _ in nil }
    ) throws {
        directory = NSTemporaryDirectory() + "lathe-hub-" + UUID().uuidString
        let contents = try LoopbackServer { request in
            if let response = store(request) { return response }
            guard let content = files[String(request.path.prefix { $0 != "?" }.dropFirst())] else {
                return Response(status: 404)
            }
            return Self.content(content, request)
        }
        self.store = contents
        server = try LoopbackServer { request in
            hub(request) ?? Self.answer(request, files: files, store: contents.url)
        }
    }

    func remove() {
        server.stop()
        store.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: The hub's answers

    static func etag(_ name: String, _ content: [UInt8]) -> String {
        if isLarge(name) { return sha256(content) }
        var hash = MessageDigest<SHA1>()
        hash.update(Array("blob \(content.count)\0".utf8) + content)
        return hash.hexadecimal()
    }

    static func sha256(_ content: [UInt8]) -> String {
        var hash = MessageDigest<SHA256>()
        hash.update(content)
        return hash.hexadecimal()
    }

    private static func isLarge(_ name: String) -> Bool { name.hasSuffix(".safetensors") || name.hasSuffix(".bin") }

    private static func answer(_ request: Request, files: [String: [UInt8]], store: String) -> Response {
        if request.path.hasPrefix("/api/models/org/tiny/revision/") { return listing(files.keys.sorted()) }
        let prefix = "/org/tiny/resolve/\(commit)/"
        guard request.path.hasPrefix(prefix), let content = files[String(request.path.dropFirst(prefix.count))] else {
            return Response(status: 404, fields: ["X-Error-Code": "EntryNotFound"])
        }
        let name = String(request.path.dropFirst(prefix.count))
        let etag = "\"\(etag(name, content))\""
        var response = isLarge(name) ? Response(status: 302, body: Array("Found".utf8)) : Self.content(content, request)
        response.fields["X-Repo-Commit"] = commit
        if isLarge(name) {
            response.fields["Location"] = "\(store)/\(name)?signature=secret"
            response.fields["X-Linked-Etag"] = etag
            response.fields["X-Linked-Size"] = String(content.count)
        } else {
            response.fields["ETag"] = etag
        }
        return response
    }

    static func listing(_ names: [String]) -> Response {
        let siblings = names.map { JSONValue.object([.init("rfilename", .string($0))]) }
        let json: JSONValue = ["id": "org/tiny", "sha": .string(commit), "siblings": .array(siblings)]
        return Response(body: Array(json.text().utf8))
    }

    /// The bytes asked for.
    static func content(_ content: [UInt8], _ request: Request) -> Response {
        guard let (first, last) = request.range else { return Response(body: content) }
        guard first < content.count else { return Response(status: 416) }
        let end = min(last ?? content.count - 1, content.count - 1)
        let range = ["Content-Range": "bytes \(first)-\(end)/\(content.count)"]
        return Response(status: 206, fields: range, body: Array(content[first...end]))
    }

    // MARK: A client

    /// A client of this hub that does not really pause.
    func client(_ environment: [String: String] = [:], attempts: Int = 3) throws -> HubClient {
        var variables = ["HF_HUB_CACHE": directory, "HOME": directory, "HF_ENDPOINT": server.url]
        variables.merge(environment) { $1 }
        var settings = try HubSettings(environment: variables)
        settings.timeout = 30
        return HubClient(
            settings: settings, retries: HubRetries(attempts: attempts) { [pauses] in pauses.withLockAppend($0) })
    }

    @discardableResult
    func snapshot(
        _ name: String = "org/tiny", _ files: HubFiles = .model, environment: [String: String] = [:]
    ) throws -> String {
        try client(environment).snapshot(of: HubReference(name), files: files) { [events] in events.withLockAppend($0) }
    }

    /// The error of a snapshot.
    func failure(_ name: String = "org/tiny", _ files: HubFiles = .model, environment: [String: String] = [:])
        -> HubError?
    {
        hubError { try snapshot(name, files, environment: environment) }
    }

    var warnings: [HubEvent.Warning] {
        events.withLock { events in
            events.compactMap { if case .warning(let warning) = $0 { warning } else { nil } }
        }
    }

    // MARK: The cache

    var folder: String { directory + "/models--org--tiny" }
    func blob(_ name: String, _ content: [UInt8]) -> String { folder + "/blobs/" + Self.etag(name, content) }
    var weightsBlob: String { blob("model.safetensors", Self.weights) }

    func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }
}

extension Guarded where Value: RangeReplaceableCollection {
    func withLockAppend(_ element: Value.Element) {
        withLock { $0.append(element) }
    }
}

/// The error that `body` throws, or nil. (`#expect(throws:)` within a closure is miscompiled by Swift 6.3.1.)
func hubError<Result>(_ body: () throws -> Result) -> HubError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? HubError
    }
}
