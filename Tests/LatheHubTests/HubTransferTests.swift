import Foundation
import Testing

@testable import LatheFiles
@testable import LatheHub

@Suite("Downloads that do not go smoothly")
struct HubTransferTests {
    private let size = FakeHub.weights.count

    /// Answers the first `count` requests with `response`.
    private static func first(_ count: Int, _ response: @escaping @Sendable (FakeHub.Request) -> FakeHub.Response?)
        -> @Sendable (FakeHub.Request) -> FakeHub.Response?
    {
        let seen = Guarded(0)
        return { request in
            let number = seen.withLock { seen in
                seen += 1
                return seen
            }
            return number <= count ? response(request) : nil
        }
    }

    private func weights(of hub: FakeHub) throws -> [UInt8]? {
        hub.bytes(try hub.snapshot() + "/model.safetensors")
    }

    @Test("A connection that is cut goes on where it ended")
    func cut() throws {
        let hub = try FakeHub(store: Self.first(1) { _ in .init(body: FakeHub.weights, cut: 20_000) })
        defer { hub.remove() }
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.map { $0.fields["range"] } == [nil, "bytes=20000-"])
        #expect(hub.pauses.withLock { $0 } == [1])
        guard case .retrying("model.safetensors", .connection(_, .lost), 1)? = hub.warnings.first else {
            Issue.record("expected a warning about a lost connection, got \(hub.warnings)")
            return
        }
    }

    @Test("What an earlier run left is not asked for again")
    func resume() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.write(Array(FakeHub.weights[..<30_000]), to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.map { $0.fields["range"] } == ["bytes=30000-"])
        #expect(hub.bytes(hub.weightsBlob + ".incomplete") == nil)
    }

    @Test("A complete file that an earlier run left is only checked")
    func resumeComplete() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.write(FakeHub.weights, to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.isEmpty)
    }

    @Test("What an earlier run left and is wrong is found by its checksum, and fetched anew")
    func resumeDamaged() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.write([UInt8](repeating: 9, count: 30_000), to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.map { $0.fields["range"] } == ["bytes=30000-", nil])
        guard case .damaged(.wrongChecksum)? = hub.warnings.first else {
            Issue.record("expected a warning about the checksum, got \(hub.warnings)")
            return
        }
    }

    @Test("What an earlier run left and is too long is thrown away")
    func resumeTooLong() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.write(FakeHub.weights + [0], to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
    }

    @Test("A server without ranges starts anew")
    func noRanges() throws {
        let hub = try FakeHub(store: { _ in .init(body: FakeHub.weights) })
        defer { hub.remove() }
        try hub.write([UInt8](repeating: 9, count: 30_000), to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.count == 1)
    }

    @Test("A server that has no such range makes the file start anew")
    func noSuchRange() throws {
        let hub = try FakeHub(store: Self.first(1) { _ in .init(status: 416) })
        defer { hub.remove() }
        try hub.write(Array(FakeHub.weights[..<30_000]), to: hub.weightsBlob + ".incomplete")
        #expect(try weights(of: hub) == FakeHub.weights)
        #expect(hub.store.requests.map { $0.fields["range"] } == ["bytes=30000-", nil])
    }

    @Test("Large files are asked for in pieces, all where the hub redirected the first")
    func pieces() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        var client = try hub.client()
        client.pieceByteCount = 20_000
        let path = try client.snapshot(of: HubReference("org/tiny"))
        #expect(hub.bytes(path + "/model.safetensors") == FakeHub.weights)
        #expect(hub.server.requests.count { $0.method == "GET" && $0.path.hasSuffix("model.safetensors") } == 1)
        #expect(
            hub.store.requests.map { $0.fields["range"] } == ["bytes=0-19999", "bytes=20000-39999", "bytes=40000-"])
    }

    @Test("Where the hub redirected to is left when it no longer answers, and the hub is asked again")
    func expired() throws {
        let seen = Guarded(0)
        let hub = try FakeHub(store: { _ in
            let number = seen.withLock { seen in
                seen += 1
                return seen
            }
            return number == 2 ? .init(status: 403) : nil
        })
        defer { hub.remove() }
        var client = try hub.client()
        client.pieceByteCount = 20_000
        let path = try client.snapshot(of: HubReference("org/tiny"))
        #expect(hub.bytes(path + "/model.safetensors") == FakeHub.weights)
        #expect(hub.server.requests.count { $0.method == "GET" && $0.path.hasSuffix("model.safetensors") } == 2)
        #expect(hub.pauses.withLock { $0 } == [])
    }

    @Test("A busy server is asked again when it says, or later and later")
    func busy() throws {
        let hub = try FakeHub(
            hub: Self.first(3) { request in
                .init(status: request.path.hasPrefix("/api") ? 503 : 429, fields: ["Retry-After": "7"])
            }, store: Self.first(2) { _ in .init(status: 500) })
        defer { hub.remove() }
        let path = try hub.client(attempts: 4).snapshot(of: HubReference("org/tiny"))
        #expect(hub.bytes(path + "/model.safetensors") == FakeHub.weights)
        #expect(hub.pauses.withLock { $0 } == [7, 7, 7, 1, 2])
    }

    @Test("A connection that is always cut at the same place ends with an error, and what came is kept")
    func alwaysCut() throws {
        let hub = try FakeHub(store: { request in
            request.range == nil ? .init(body: FakeHub.weights, cut: 20_000) : .init(status: 503)
        })
        defer { hub.remove() }
        guard case .gaveUp(3, .status(_, 503, nil))? = hub.failure() else {
            Issue.record("expected a failure after three attempts")
            return
        }
        #expect(hub.bytes(hub.weightsBlob + ".incomplete") == Array(FakeHub.weights[..<20_000]))
    }

    @Test("A server without ranges that always cuts ends with an error")
    func alwaysCutWithoutRanges() throws {
        let hub = try FakeHub(store: { _ in .init(body: FakeHub.weights, cut: 20_000) })
        defer { hub.remove() }
        guard case .gaveUp(3, .connection(_, .lost))? = hub.failure() else {
            Issue.record("expected a failure after three attempts in a row")
            return
        }
    }

    @Test("A server that says nothing is left after some time")
    func silent() throws {
        let hub = try FakeHub(hub: { _ in .init(isSilent: true) })
        defer { hub.remove() }
        var client = try hub.client(attempts: 1)
        client.settings.timeout = 0.2
        let error = hubError { try client.snapshot(of: HubReference("org/tiny")) }
        #expect(error == .connection(url: hub.server.url + "/api/models/org/tiny/revision/main", .timedOut))
        #expect(error?.description.contains("HF_HUB_DOWNLOAD_TIMEOUT") == true)
    }

    @Test("A damaged file is fetched once more, and refused if that is damaged too")
    func checksum() throws {
        let wrong = [UInt8](repeating: 1, count: size)
        let once = try FakeHub(store: Self.first(1) { _ in .init(body: wrong) })
        defer { once.remove() }
        #expect(try weights(of: once) == FakeHub.weights)
        let expected = FakeHub.sha256(FakeHub.weights)
        let mismatch = HubError.wrongChecksum(file: "model.safetensors", expected: expected, got: FakeHub.sha256(wrong))
        #expect(once.warnings == [.damaged(mismatch)])
        let always = try FakeHub(store: { _ in .init(body: wrong) })
        defer { always.remove() }
        #expect(always.failure() == mismatch)
        #expect(always.store.requests.count == 2)
        #expect(always.bytes(always.weightsBlob) == nil && always.bytes(always.weightsBlob + ".incomplete") == [])
    }

    @Test("A file of another length than the hub announced is refused", arguments: [49_999, 50_001])
    func length(count: Int) throws {
        let hub = try FakeHub(store: { _ in .init(body: [UInt8](repeating: 1, count: count)) })
        defer { hub.remove() }
        #expect(hub.failure() == .wrongSize(file: "model.safetensors", expected: size, got: count))
    }

    @Test("A part that belongs to another file is refused")
    func otherRange() throws {
        let hub = try FakeHub(store: { _ in
            .init(
                status: 206, fields: ["Content-Range": "bytes 30000-49999/60000"],
                body: [UInt8](repeating: 1, count: 20_000))
        })
        defer { hub.remove() }
        try hub.write(Array(FakeHub.weights[..<30_000]), to: hub.weightsBlob + ".incomplete")
        #expect(
            hub.failure()
                == .malformedAnswer(
                    url: hub.store.url + "/model.safetensors", problem: "Content-Range does not begin at byte 0"))
        #expect(hub.warnings == [.damaged(.wrongSize(file: "model.safetensors", expected: size, got: 60_000))])
    }

    @Test("A blob of the wrong size is not used")
    func shortBlob() throws {
        let hub = try FakeHub()
        defer { hub.remove() }
        try hub.write([1, 2, 3], to: hub.weightsBlob)
        #expect(try weights(of: hub) == FakeHub.weights)
    }
}
