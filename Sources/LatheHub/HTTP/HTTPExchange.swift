import Dispatch
import Foundation
import LatheFiles

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One request under way: URLSession's thread delivers what arrives, the thread that asked takes it.
final class HTTPExchange: Sendable {
    private struct State {
        var head: HTTPHead?
        var body = Data()
        var end: Result<Void, HubError.ConnectionProblem>?
        var isClosed = false
    }

    /// How many bytes may wait to be taken. URLSession stops reading meanwhile; on Linux it does not, so that large
    /// files are asked for in pieces.
    private static let bodyLimit = 4 << 20

    private let task: URLSessionTask
    private let timeout: Double
    private let state = Guarded(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)

    /// - Parameter timeout: how long to wait for the next bytes, in seconds.
    init(_ task: URLSessionTask, timeout: Double) {
        self.task = task
        self.timeout = timeout
    }

    // MARK: The side that asked

    /// Waits for the head of the answer.
    func readHead() throws(HubError.ConnectionProblem) -> HTTPHead {
        let result = try wait { (state) -> Result<HTTPHead, HubError.ConnectionProblem>? in
            if let head = state.head { return .success(head) }
            return state.end.map { $0.flatMap { .failure(.lost) } }
        }
        return try result.get()
    }

    /// Waits for the next bytes of the body; nil at its end.
    func readBody() throws(HubError.ConnectionProblem) -> Data? {
        let result = try wait { (state) -> Result<Data?, HubError.ConnectionProblem>? in
            guard state.body.isEmpty else {
                defer { state.body = Data() }
                return .success(state.body)
            }
            return state.end.map { $0.map { nil } }
        }
        room.signal()
        return try result.get()
    }

    /// Ends the exchange; what still comes is thrown away.
    func close() {
        let isUnderWay = state.withLock { state in
            state.isClosed = true
            state.body = Data()
            return state.end == nil
        }
        room.signal()
        // Not on this thread: on Linux `cancel` waits for the session's queue.
        if isUnderWay { DispatchQueue.global().async { [task] in task.cancel() } }
    }

    private func wait<Value>(for take: (inout State) -> Value?) throws(HubError.ConnectionProblem) -> Value {
        while true {
            if let value = state.withLock(take) { return value }
            guard arrivals.wait(timeout: .now() + timeout) == .success else { throw .timedOut }
        }
    }

    // MARK: URLSession's side

    func deliver(_ head: HTTPHead) {
        state.withLock { $0.head = head }
        arrivals.signal()
    }

    /// Returns when there is room for `bytes`.
    func deliver(_ bytes: Data) {
        while !state.withLock({ state in Self.append(bytes, to: &state) }) { room.wait() }
        arrivals.signal()
    }

    /// Ends the answer; `head` counts if none came before.
    func deliverEnd(_ problem: HubError.ConnectionProblem?, head: HTTPHead?) {
        state.withLock { state in
            state.head = state.head ?? head
            state.end = problem.map { .failure($0) } ?? .success(())
        }
        arrivals.signal()
    }

    /// Whether there was room for `bytes`.
    private static func append(_ bytes: Data, to state: inout State) -> Bool {
        if state.isClosed { return true }
        guard state.body.isEmpty || state.body.count + bytes.count <= bodyLimit else { return false }
        state.body.append(bytes)
        return true
    }
}
