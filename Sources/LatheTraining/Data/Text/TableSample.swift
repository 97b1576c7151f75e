import LatheFiles

/// The names of a file's columns and its first rows.
struct TableSample {
    /// The most rows that are looked at.
    private static let rowLimit = 50

    let path: String
    let names: [String]
    private let rows: [[String]]
    /// Whether the file is a table, TSV or CSV, and not JSON lines.
    let isTable: Bool

    /// Reads the beginning of `file`.
    /// - Parameter hasHeader: whether the first row of a table holds names; otherwise columns are called `1`, `2`, ….
    /// - Throws: `DataError` for a file without rows, or one that cannot be read.
    init(_ file: MappedFile, format: DataFormat, hasHeader: Bool) throws(DataError) {
        path = file.path
        isTable = format != .jsonl
        (names, rows) = try TextBytes.read(file) { (text) throws(DataError) in
            switch format {
            case .tsv: try Self.table(TSVRows(text), hasHeader)
            case .csv: try Self.table(CSVRows(text), hasHeader)
            case .jsonl: try Self.objects(text)
            }
        }
    }

    private static func table(_ rows: some TableRows, _ hasHeader: Bool) throws(DataError) -> ([String], [[String]]) {
        var rows = rows, fields: [TableField] = []
        guard try rows.next(&fields) != nil else { throw rows.text.error(.noExamples(hasHeader: false), line: nil) }
        let first = fields.map(rows.string)
        let names = hasHeader ? first : first.indices.map { String($0 + 1) }
        var sample = hasHeader ? [] : [first]
        while sample.count < rowLimit, try rows.next(&fields) != nil {
            if fields.count == names.count { sample.append(fields.map(rows.string)) }
        }
        return (names, sample)
    }

    /// Objects may leave keys out; the names are all that occur.
    private static func objects(_ text: TextBytes) throws(DataError) -> ([String], [[String]]) {
        var names: [String] = [], objects: [[JSONValue.Member]] = [], start = 0, line = 0
        while start < text.bytes.count, objects.count < rowLimit {
            let end = text.lineEnd(from: start)
            line += 1
            defer { start = end + 1 }
            if text.isBlank(start..<end) { continue }
            let members = try ObjectReader.object(text, start..<end, line: line)
            for member in members where !names.contains(member.key) { names.append(member.key) }
            objects.append(members)
        }
        if objects.isEmpty { throw text.error(.noExamples(hasHeader: false), line: nil) }
        let rows = objects.map { members in
            names.map { name in members.first { $0.key == name }.map { $0.value.string ?? $0.value.text() } ?? "" }
        }
        return (names, rows)
    }

    /// The values of a column in the first rows.
    func values(of name: String) -> [String] {
        guard let place = names.firstIndex(of: name) else { return [] }
        return rows.map { $0[place] }
    }

    /// The mean number of characters in a column.
    func meanLength(_ name: String) -> Double {
        let values = values(of: name)
        return Double(values.reduce(0) { $0 + $1.count }) / Double(max(values.count, 1))
    }

    /// Whether the file has all columns that are named.
    func has(_ columns: TextColumns) -> Bool {
        ([columns.text, columns.pair].compactMap { $0 } + columns.labels).allSatisfy(names.contains)
    }

    /// - Throws: `DataError` if there is no column called `name`.
    func check(_ name: String) throws(DataError) {
        if names.contains(name) { return }
        throw error(.missingColumn(names: [name], nearest: NearestName.of([name], in: names, limit: 2), present: names))
    }

    func error(_ problem: DataError.Problem) -> DataError { DataError(problem, path: path, line: isTable ? 1 : nil) }
}
