import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// An answer without its body.
struct HTTPHead: Sendable {
    /// The address that answered.
    let url: URL
    let status: Int
    private let fields: [String: String]

    init(_ response: HTTPURLResponse, url: URL) {
        self.url = url
        status = response.statusCode
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String { fields[name.lowercased()] = value }
        }
        self.fields = fields
    }

    /// The header field called `name`, whatever the case of its letters; nil if there is none.
    subscript(name: String) -> String? {
        fields[name.lowercased()]?.trimmingCharacters(in: .whitespaces)
    }

    /// The header field called `name` as a count, nil if it is none.
    func count(_ name: String) -> Int? {
        self[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    var isSuccess: Bool { (200..<300).contains(status) }

    /// Where a redirection leads to, or nil if this is none.
    var redirection: URL? {
        guard [301, 302, 303, 307, 308].contains(status), let location = self["Location"] else { return nil }
        return URL(string: location, relativeTo: url)?.absoluteURL
    }

    /// The first byte and the size of the whole in `Content-Range: bytes first-last/size`; nil if it is malformed.
    var contentRange: (first: Int, size: Int)? {
        guard let parts = self["Content-Range"]?.split(whereSeparator: { " -/".contains($0) }), parts.count == 4,
            parts[0].lowercased() == "bytes", let first = Int(parts[1]), let size = Int(parts[3])
        else { return nil }
        return (first, size)
    }
}

extension URL {
    /// Whether a secret for `other` may be sent here: same scheme, host and port.
    func hasOrigin(of other: URL) -> Bool {
        func port(_ url: URL) -> Int { url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80) }
        return scheme?.lowercased() == other.scheme?.lowercased() && host?.lowercased() == other.host?.lowercased()
            && port(self) == port(other)
    }

    /// The address without user, query and fragment, which may hold secrets.
    var publicText: String {
        var components = URLComponents()
        components.scheme = scheme
        components.host = host
        components.port = port
        components.path = path
        return components.string ?? host ?? "?"
    }
}
