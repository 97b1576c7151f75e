import LatheFiles

/// What runs are called: as little of their paths as tells them apart.
enum RunNames {
    /// A name for each path: its last part, with what is above it where others have the same.
    static func unique(_ paths: [String]) -> [String] {
        let parts = paths.map { ResolvedPath.of($0).split(separator: "/").map(String.init) }
        var lengths = parts.map { _ in 1 }
        while true {
            let names = zip(parts, lengths).map { $0.suffix($1).joined(separator: "/") }
            let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
            let tooShort = names.indices.filter { counts[names[$0], default: 0] > 1 && lengths[$0] < parts[$0].count }
            if tooShort.isEmpty { return names.map { $0.isEmpty ? "/" : $0 } }
            for index in tooShort { lengths[index] += 1 }
        }
    }
}
