import Foundation
import LatheFiles

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Requests to the hub: the token where it belongs, redirections followed, refusals put into words.
struct HubConnection {
    /// The head of an answer, and its body still to come.
    struct Answer {
        let head: HTTPHead
        let exchange: HTTPExchange
    }

    private enum Method: String {
        case head = "HEAD"
        case get = "GET"
    }

    private static let redirectLimit = 10
    private let settings: HubSettings
    private let reference: HubReference
    private let transport: HTTPTransport

    init(_ settings: HubSettings, reference: HubReference) {
        self.settings = settings
        self.reference = reference
        let host = settings.endpoint.host ?? ""
        let isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1"
        transport = HTTPTransport(timeout: settings.timeout, usesProxy: !isLoopback)
    }

    // MARK: Addresses

    /// Where the list of files of the revision is.
    var listingURL: URL {
        url("/api/models/\(reference.repository)/revision/" + Self.encoded(reference.revision, keeping: ""))
    }

    /// Where the commit's file called `name` is.
    func fileURL(_ name: String, commit: String) -> URL {
        url("/\(reference.repository)/resolve/\(commit)/" + Self.encoded(name, keeping: "/"))
    }

    private func url(_ path: String) -> URL {
        guard let url = URL(string: settings.endpoint.absoluteString + path) else {
            preconditionFailure("\(path) is not encoded")
        }
        return url
    }

    /// `text` with all bytes in percent notation that are neither unreserved (RFC 3986) nor in `kept`.
    private static func encoded(_ text: String, keeping kept: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            if isPlain || kept.contains(character) { return String(character) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    // MARK: Requests

    /// The JSON at `url`, of at most `limit` bytes.
    func json(at url: URL, limit: Int) throws(HubError) -> JSONValue {
        let answer = try get(url)
        defer { answer.exchange.close() }
        var text: [UInt8] = []
        while let bytes = try body(of: answer) {
            text.append(contentsOf: bytes)
            guard text.count <= limit else { throw .answerTooLarge(url: url.publicText, limit: limit) }
        }
        do throws(JSONError) {
            return try StrictJSON.parse(text)
        } catch {
            throw .malformedAnswer(url: url.publicText, problem: "not valid JSON: \(error)")
        }
    }

    /// What is known about `file` at `url` before it is fetched. Redirections to other hosts are not followed: behind
    /// them is the content, and the hub has told about it already.
    func head(_ url: URL, file: String) throws(HubError) -> HTTPHead {
        let answer = try send(.head, url, range: nil)
        Self.end(answer.exchange)
        guard answer.head.isSuccess || answer.head.redirection != nil else { throw refusal(answer.head, file: file) }
        return answer.head
    }

    /// The content at `url`; close the answer's exchange afterwards.
    /// - Parameters: range: for the header `Range`, or nil for everything; file: its name, nil for the list of files.
    func get(_ url: URL, range: String? = nil, file: String? = nil) throws(HubError) -> Answer {
        let answer = try send(.get, url, range: range)
        guard answer.head.isSuccess else {
            answer.exchange.close()
            throw refusal(answer.head, file: file)
        }
        return answer
    }

    /// The next bytes of the answer, or nil at its end.
    func body(of answer: Answer) throws(HubError) -> Data? {
        do throws(HubError.ConnectionProblem) {
            return try answer.exchange.readBody()
        } catch {
            throw .connection(url: answer.head.url.publicText, error)
        }
    }

    private func send(_ method: Method, _ url: URL, range: String?) throws(HubError) -> Answer {
        var target = url
        for _ in 0...Self.redirectLimit {
            let exchange = transport.send(request(method, target, range: range))
            let head: HTTPHead
            do throws(HubError.ConnectionProblem) {
                head = try exchange.readHead()
            } catch {
                exchange.close()
                throw .connection(url: target.publicText, error)
            }
            guard let next = head.redirection, method == .get || next.hasOrigin(of: target) else {
                return Answer(head: head, exchange: exchange)
            }
            Self.end(exchange)
            let isSafe = next.scheme == "https" || (next.scheme == "http" && target.scheme?.lowercased() == "http")
            guard isSafe, next.host?.isEmpty == false else {
                throw .unsafeRedirect(url: target.publicText, target: next.publicText)
            }
            target = next
        }
        throw .tooManyRedirects(url: url.publicText)
    }

    /// Ends an exchange whose answer has no body that matters: its end follows at once, and waiting for it leaves the
    /// connection open for the next request.
    private static func end(_ exchange: HTTPExchange) {
        _ = try? exchange.readBody()
        exchange.close()
    }

    private func request(_ method: Method, _ url: URL, range: String?) -> URLRequest {
        var request = URLRequest(url: url)
        request.httpMethod = method.rawValue
        request.setValue("lathe", forHTTPHeaderField: "User-Agent")
        // Ranges, sizes and checksums are those of the content itself.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if let range { request.setValue(range, forHTTPHeaderField: "Range") }
        if let token = settings.token, url.hasOrigin(of: settings.endpoint) {
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        }
        return request
    }

    // MARK: Refusals

    /// The error that an unsuccessful answer is. The hub's own codes come first; other servers have the status only.
    private func refusal(_ head: HTTPHead, file: String?) -> HubError {
        let repository = reference.repository
        let hasToken = settings.token != nil
        guard head.url.hasOrigin(of: settings.endpoint) else { return status(head) }
        switch (head["X-Error-Code"], head.status) {
        case ("RevisionNotFound", _): return .noSuchRevision(repository: repository, revision: reference.revision)
        case ("EntryNotFound", _): return .noSuchFile(reference, file: file ?? "")
        case ("GatedRepo", _):
            let page = settings.endpoint.absoluteString + "/" + repository
            return .gated(repository: repository, page: page, hasToken: hasToken)
        case (_, 401): return .unauthorized(repository: repository, hasToken: hasToken)
        case (_, 403): return .forbidden(repository: repository, message: head["X-Error-Message"])
        case (_, 404): return file.map { .noSuchFile(reference, file: $0) } ?? .noSuchRepository(repository: repository)
        default: return status(head)
        }
    }

    private func status(_ head: HTTPHead) -> HubError {
        let pause = head["Retry-After"].flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        return .status(url: head.url.publicText, code: head.status, retryAfter: pause)
    }
}
