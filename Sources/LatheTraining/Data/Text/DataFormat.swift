/// How a file of examples is written.
package enum DataFormat: String, CaseIterable, Sendable {
    /// Columns between tabs, one row a line; quote characters mean nothing, as in GLUE.
    case tsv
    /// Columns between commas, quoted as in RFC 4180.
    case csv
    /// One JSON object a line.
    case jsonl

    /// The format that the end of a file's name stands for, or nil.
    package init?(path: String) {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "tsv", "txt": self = .tsv
        case "csv": self = .csv
        case "jsonl", "ndjson", "json": self = .jsonl
        default: return nil
        }
    }
}
