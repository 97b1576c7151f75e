import LatheFiles

/// Texts, or pairs of them, without labels: a line each, or a row of a table each.
package enum TextLines {
    /// How lines hold texts.
    package enum Form: Sendable {
        /// As they are; the texts of a pair have a tab between them.
        case plain
        /// JSON strings, which may hold any character; a pair is an array of two.
        case json
    }

    /// Reads the lines of `file`, leaving out blank ones.
    /// - Parameters:
    ///   - file: UTF-8 with or without byte order mark; lines end in `\n` or `\r\n`.
    ///   - form: how a line holds a text.
    ///   - arePairs: whether each line holds two texts.
    /// - Throws: `DataError` for a file that is not UTF-8, `TextLinesError` for a line of another form.
    package static func examples(_ file: MappedFile, form: Form = .plain, arePairs: Bool = false) throws
        -> [TextExample]
    {
        let lines = try TextBytes.read(file) { (text) throws(DataError) -> [(number: Int, text: String)] in
            Self.lines(of: text)
        }
        if lines.isEmpty { throw TextLinesError.empty(file: file.path) }
        return try lines.map { try example($0.text, form, arePairs, file.path, $0.number) }
    }

    private static func lines(of text: TextBytes) -> [(number: Int, text: String)] {
        var lines: [(Int, String)] = [], start = 0, number = 0
        while start < text.bytes.count {
            let end = text.lineEnd(from: start)
            number += 1
            if !text.isBlank(start..<end) {
                lines.append((number, text.string(start..<text.withoutReturn(start, end))))
            }
            start = end + 1
        }
        return lines
    }

    private static func example(
        _ line: String, _ form: Form, _ isPair: Bool, _ file: String, _ number: Int
    ) throws(TextLinesError) -> TextExample {
        switch (form, isPair) {
        case (.plain, false): return TextExample(text: line)
        case (.plain, true):
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .notAPair(file: file, line: number, found: parts.count) }
            return TextExample(text: String(parts[0]), pair: String(parts[1]))
        case (.json, false):
            guard let text = (try? StrictJSON.parse(line))?.string else { throw .notAString(file: file, line: number) }
            return TextExample(text: text)
        case (.json, true):
            guard let pair = (try? StrictJSON.parse(line))?.array, pair.count == 2, let first = pair[0].string,
                let second = pair[1].string
            else {
                throw .notTwoStrings(file: file, line: number)
            }
            return TextExample(text: first, pair: second)
        }
    }

    /// Reads a table of a user's own, whose labels, if it has some, are of no account.
    /// - Parameters:
    ///   - path: a TSV, CSV or JSON lines file.
    ///   - columns: what the user says about its columns.
    ///   - arePairs: whether a second text must be there.
    /// - Returns: the texts, and the columns that were taken.
    /// - Throws: `DataError`.
    package static func table(_ path: String, columns: TextColumns, arePairs: Bool = false) throws(DataError) -> (
        examples: [TextExample], columns: ColumnChoice
    ) {
        let (file, choice) = try DatasetFile.load(
            DatasetFile.open(path), columns: columns, problem: .singleLabel, labels: .ifPresent
        ) { (choice, sample) throws(DataError) in
            if arePairs, choice.pair == nil {
                throw sample.error(.missingColumn(names: ["pair"], nearest: nil, present: sample.names))
            }
            return TextSchema(text: choice.text, pair: choice.pair)
        }
        return (file.examples, choice)
    }
}

/// Why lines do not hold texts.
package enum TextLinesError: DescribedError, Equatable, Sendable {
    case empty(file: String)
    case notAPair(file: String, line: Int, found: Int)
    case notAString(file: String, line: Int)
    case notTwoStrings(file: String, line: Int)

    package var description: String {
        switch self {
        case .empty(let file): "\(file): no texts; write one a line"
        case .notAPair(let file, let line, let found):
            "\(file):\(line): expected two texts with one tab between them, got \(found) "
                + (found == 1 ? "text" : "parts") + "; correct the line"
        case .notAString(let file, let line):
            "\(file):\(line): expected a JSON string in quotes; correct the line, or read lines as they are"
        case .notTwoStrings(let file, let line):
            "\(file):\(line): expected a JSON array of two strings; correct the line"
        }
    }
}
