/// Breaks lines that are wider than a terminal between words.
enum TextWrap {
    /// Returns `text` with lines of at most `width` columns, as far as words are not wider. What follows a break is
    /// indented by two more columns than the line; commands to copy get the shell's `\` before it.
    /// - Parameter width: columns; nil leaves `text` as it is.
    static func wrapped(_ text: String, to width: Int?) -> String {
        guard let width, width > 0 else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { wrapped(line: $0, to: width) }
            .joined(separator: "\n")
    }

    private static func wrapped(line: Substring, to width: Int) -> String {
        // A line with colours was laid out for the terminal already.
        guard line.count > width, !line.contains("\u{1B}") else { return String(line) }
        let indent = line.prefix { $0 == " " }.count, words = line.dropFirst(indent)
        // Prose begins at the margin, and behind three spaces a command is explained.
        let isCommand = indent > 0 && words.hasPrefix("lathe ") && !words.contains("   ")
        let end = isCommand ? " \\" : "", hanging = String(repeating: " ", count: min(indent + 2, width / 2))
        var lines: [String] = [], rest = line, start = indent
        while rest.count > width, let space = breakPlace(in: rest, from: start, within: width - end.count) {
            var head = rest[..<space]
            while head.last == " " { head.removeLast() }
            lines.append(head + end)
            rest = Substring(hanging + rest[space...].drop { $0 == " " })
            start = hanging.count
        }
        return (lines + [String(rest)]).joined(separator: "\n")
    }

    /// The last space of the first `width` + 1 characters behind the `start` of the words, or the first space behind a
    /// word that is wider.
    private static func breakPlace(in line: Substring, from start: Int, within width: Int) -> Substring.Index? {
        let words = line.index(line.startIndex, offsetBy: start)
        let limit = line.index(line.startIndex, offsetBy: width + 1, limitedBy: line.endIndex) ?? line.endIndex
        let space = (words < limit ? line[words..<limit].lastIndex(of: " ") : nil) ?? line[words...].firstIndex(of: " ")
        return space.flatMap { line[$0...].contains { $0 != " " } ? $0 : nil }
    }
}
