/// Names from files as they appear in messages.
package enum MessageText {
    /// `name` in quotes, control characters escaped, no longer than a line.
    package static func quoted(_ name: String) -> String {
        JSONValue.string(shortened(name)).text()
    }

    /// `name` as it is when it is plain ASCII, in quotes otherwise.
    package static func plain(_ name: String) -> String {
        name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? shortened(name) : quoted(name)
    }

    /// At most `limit` of the names, and how many more there are.
    package static func list(_ names: [String], limit: Int = 8) -> String {
        let shown = names.prefix(limit).map(quoted).joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }

    /// A line for each problem of a file, at most `limit` of them, and how many more there are.
    package static func problems(_ problems: [some CustomStringConvertible], in file: String, limit: Int = 40) -> String
    {
        var lines = problems.prefix(limit).map { "\(file): \($0)" }
        if problems.count > limit { lines.append("\(file): and \(problems.count - limit) more problems") }
        return lines.joined(separator: "\n")
    }

    /// A shape, its first eight sizes only.
    package static func shape(_ shape: [Int]) -> String {
        let shown = shape.prefix(8).map(String.init).joined(separator: ", ")
        return shape.count > 8 ? "[\(shown), …]" : "[\(shown)]"
    }

    /// The first `limit` characters of `text`.
    package static func shortened(_ text: String, to limit: Int = 100) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}
