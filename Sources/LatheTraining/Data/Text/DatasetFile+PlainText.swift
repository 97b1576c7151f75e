import LatheFiles

extension DatasetFile {
    /// How a plain text is cut into examples.
    package enum TextUnit: Sendable {
        /// Each line that is not blank is one; the others count as skipped rows.
        case line
        /// The whole file is one, line breaks included.
        case document
    }

    /// Reads plain text without labels, for language modelling.
    /// - Throws: `DataError`, when the file cannot be read, is not UTF-8, or holds no text.
    package static func loadText(_ path: String, each unit: TextUnit = .line) throws(DataError) -> DatasetFile {
        try loadText(try open(path), each: unit)
    }

    /// Reads mapped plain text; see ``loadText(_:each:)``.
    package static func loadText(_ file: MappedFile, each unit: TextUnit = .line) throws(DataError) -> DatasetFile {
        try TextBytes.read(file) { (text) throws(DataError) in
            var examples: [TextExample] = []
            var skipped = 0
            switch unit {
            case .document where !text.bytes.isEmpty:
                examples.append(TextExample(text: text.string(0..<text.bytes.count)))
            case .document: break
            case .line:
                var start = 0
                while start < text.bytes.count {
                    let end = text.lineEnd(from: start)
                    let line = text.string(start..<text.withoutReturn(start, end))
                    if line.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) {
                        skipped += 1
                    } else {
                        examples.append(TextExample(text: line))
                    }
                    start = end + 1
                }
            }
            guard !examples.isEmpty else { throw text.error(.noExamples(hasHeader: false), line: nil) }
            return DatasetFile(
                path: text.path, examples: examples, labelNames: [], hasLabels: false, skippedRowCount: skipped)
        }
    }
}
