#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import Foundation
import LatheFiles

/// An HTTP/1.1 server on a port of 127.0.0.1 that answers as a closure says, and remembers what it was asked.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        let method: String
        let path: String
        /// Header fields, their names in lower case.
        let fields: [String: String]

        /// The first byte asked for, and the last one if it was named.
        var range: (first: Int, last: Int?)? {
            guard let text = fields["range"], text.hasPrefix("bytes=") else { return nil }
            let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            return Int(parts[0]).map { ($0, Int(parts[1])) }
        }
    }

    struct Response: Sendable {
        var status = 200
        var fields: [String: String] = [:]
        var body: [UInt8] = []
        /// After how many bytes of the body the connection is cut; nil sends all.
        var cut: Int?
        /// The size that is announced; nil announces the body's.
        var announcedByteCount: Int?
        /// Says nothing at all, and leaves the connection open.
        var isSilent = false
    }

    let port: Int
    private let descriptor: Int32
    private let handler: @Sendable (Request) -> Response
    private let received = Guarded<[Request]>([])
    private let isStopped = Guarded(false)
    private let end = DispatchSemaphore(value: 0)

    init(_ handler: @escaping @Sendable (Request) -> Response) throws {
        _ = Self.withoutProxy
        self.handler = handler
        let descriptor = Self.makeSocket()
        var address = Self.address(port: 0)
        let isListening = Self.withPointer(to: &address) { address, size in
            var size = size
            return bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0
                && getsockname(descriptor, address, &size) == 0
        }
        guard isListening else { throw FileError.system(path: "127.0.0.1", operation: .open, code: errno) }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    /// Loopback addresses are not asked of a proxy, whatever the machine's environment says.
    private static let withoutProxy = setenv("no_proxy", "127.0.0.1", 1)

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { received.withLock { $0 } }

    /// Refuses connections from now on.
    ///
    /// The thread that accepts closes the socket, for another server may get the number at once; a last connection
    /// wakes it up.
    func stop() {
        let wasStopped = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return isStopped
        }
        if wasStopped { return }
        let last = Self.makeSocket()
        var address = Self.address(port: port)
        _ = Self.withPointer(to: &address) { address, size in connect(last, address, size) }
        end.wait()
        _ = close(last)
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
            return socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            return socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withPointer<Result>(
        to address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func accept() {
        while true {
            let connection = systemAccept(descriptor)
            if isStopped.withLock({ $0 }) {
                _ = close(descriptor)
                _ = close(connection)
                end.signal()
                return
            }
            guard connection >= 0 else { continue }
            Thread.detachNewThread { [self] in
                serve(connection)
                _ = close(connection)
            }
        }
    }

    /// Answers the requests of a connection until one side ends it.
    private func serve(_ connection: Int32) {
        #if canImport(Darwin)
            var yes: Int32 = 1
            setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
        while let request = Self.readRequest(connection) {
            received.withLock { $0.append(request) }
            let response = handler(request)
            if response.isSilent {
                var byte: UInt8 = 0
                _ = recv(connection, &byte, 1, 0)
                return
            }
            var head = "HTTP/1.1 \(response.status) Status\r\n"
            for (name, value) in response.fields { head += "\(name): \(value)\r\n" }
            head += "Content-Length: \(response.announcedByteCount ?? response.body.count)\r\n\r\n"
            let body = request.method == "HEAD" ? [] : response.body
            guard Self.send(Array(head.utf8) + body.prefix(response.cut ?? body.count), to: connection) else { return }
            if response.cut != nil || (response.announcedByteCount != nil && request.method != "HEAD") { return }
        }
    }

    private static func readRequest(_ connection: Int32) -> Request? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while !text.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            text.append(byte)
        }
        let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces)) : nil
        }
        return Request(
            method: String(words[0]), path: String(words[1]),
            fields: Dictionary(fields, uniquingKeysWith: { first, _ in first }))
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        return bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = systemSend(connection, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, flags)
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }
}

/// `accept(2)` and `send(2)`, under names that the methods above do not hide.
private func systemAccept(_ descriptor: Int32) -> Int32 { accept(descriptor, nil, nil) }
private func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    send(descriptor, bytes, count, flags)
}
