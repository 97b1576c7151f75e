import LatheFiles
import LatheTraining

/// The content of a file with calibration data, by its name and its first line.
public enum CalibrationContent: Sendable {
    /// Text without columns.
    case plainText
    /// JSON lines with a `text` each.
    case textObjects
    /// Columns or members that only a task names: `.tsv`, `.csv`, JSON lines without a `text`, or another file whose
    /// first line has a tab.
    case table

    /// The content of the file at `path`; plain text if the file cannot be read.
    public init(of path: String) {
        let line = Self.firstLine(of: path)
        switch DataFormat(path: path) {
        case .jsonl:
            // What is not an object is left to the reader of JSON lines, which says what is wrong with it.
            let object = try? StrictJSON.parse(line)
            self = object?.object != nil && object?["text"] == nil ? .table : .textObjects
        case .csv: self = .table
        case .tsv where path.lowercased().hasSuffix(".tsv"): self = .table
        case .tsv, nil: self = line.contains(UInt8(ascii: "\t")) ? .table : .plainText
        }
    }

    /// The most bytes of a line that are looked at: 1 MiB.
    private static let lineLimit = 1 << 20

    private static func firstLine(of path: String) -> [UInt8] {
        guard let file = try? MappedFile(path: path) else { return [] }
        return file.withUnsafeBytes { Array($0.prefix(lineLimit).prefix { $0 != UInt8(ascii: "\n") }) }
    }
}
