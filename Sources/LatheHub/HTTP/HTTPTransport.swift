import Foundation
import LatheFiles

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends requests over a `URLSession` that remembers nothing: no cache, no cookies, no credentials, no redirections.
final class HTTPTransport: Sendable {
    private let session: URLSession
    private let receiver = Receiver()
    private let timeout: Double

    /// - Parameters:
    ///   - timeout: how long to wait for the next bytes, in seconds.
    ///   - usesProxy: whether the system's proxies are used. (On Linux the environment decides: `https_proxy`,
    ///     `no_proxy`.)
    init(timeout: Double, usesProxy: Bool) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpCookieStorage = nil
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpShouldSetCookies = false
        configuration.urlCredentialStorage = nil
        // Only a second line of defence: `HTTPExchange` counts for itself, also on systems that do not.
        configuration.timeoutIntervalForRequest = 2 * timeout + 60
        if !usesProxy { configuration.connectionProxyDictionary = [:] }
        self.timeout = timeout
        session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Begins `request`.
    func send(_ request: URLRequest) -> HTTPExchange {
        let task = session.dataTask(with: request)
        let exchange = HTTPExchange(task, timeout: timeout)
        receiver.exchanges.withLock { $0[task.taskIdentifier] = exchange }
        task.resume()
        return exchange
    }
}

/// Hands what URLSession delivers to the exchange that it belongs to.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
    let exchanges = Guarded<[Int: HTTPExchange]>([:])

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let head = head(of: dataTask, response) { exchange(of: dataTask)?.deliver(head) }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(of: dataTask)?.deliver(data)
    }

    /// Redirections are answers like others: who asked decides where the token may go.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let exchange = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        // On Linux, redirections that cannot be followed come without a head.
        exchange?.deliverEnd(error.map { HubError.ConnectionProblem($0) }, head: head(of: task, task.response))
    }

    private func exchange(of task: URLSessionTask) -> HTTPExchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    private func head(of task: URLSessionTask, _ response: URLResponse?) -> HTTPHead? {
        guard let response = response as? HTTPURLResponse, let url = task.originalRequest?.url else { return nil }
        return HTTPHead(response, url: url)
    }
}

extension HubError.ConnectionProblem {
    /// What URLSession says with `error`.
    init(_ error: any Error) {
        let code = (error as? URLError)?.code ?? URLError.Code(rawValue: (error as NSError).code)
        let text = error.localizedDescription
        switch code {
        case .cannotFindHost, .dnsLookupFailed: self = .cannotFindHost
        case .cannotConnectToHost, .notConnectedToInternet: self = .cannotConnect
        case .timedOut: self = .timedOut
        case .networkConnectionLost, .badServerResponse: self = .lost
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateNotYetValid,
            .serverCertificateHasUnknownRoot, .clientCertificateRejected, .clientCertificateRequired:
            self = .insecure(text)
        // On Linux, where libcurl's words are all there is to know.
        case .unknown where text.contains("certificate"): self = .insecure(text)
        case .unknown where ["closed", "reset", "SSL_read", "Recv failure"].contains { text.contains($0) }: self = .lost
        default: self = .other(text)
        }
    }
}
