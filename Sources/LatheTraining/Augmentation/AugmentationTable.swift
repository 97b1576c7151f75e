import LatheFiles

/// The rows of a GLUE task's TSV file as they stand, and which of their columns hold texts.
package struct AugmentationTable {
    /// The file's first line, where it is a header.
    package let header: String?
    /// The columns of every row, broken ones and those of unsure label included; blank lines are left out.
    package let rows: [[String]]
    /// The places in `rows` of those that training would read.
    package let usable: [Int]
    /// The columns to alter.
    package let columns: [Int]

    /// Reads `path` and makes sure that training can.
    /// - Parameter names: the columns to alter; nil for the task's texts.
    /// - Throws: `DataError` for what `DatasetFile.load` refuses and for a column that is not there,
    ///   `AugmentationError` for another format.
    package init(_ path: String, task: GlueTask, columns names: [String]?) throws {
        guard let format = DataFormat(path: path), format == .tsv else { throw AugmentationError.notTSV(path: path) }
        _ = try DatasetFile.load(path, task: task, labels: .required)
        self = try TextBytes.read(try DatasetFile.open(path)) { (text) throws(DataError) in
            var reader = TSVRows(text)
            return try AugmentationTable(&reader, task, names)
        }
    }

    private init(_ reader: inout TSVRows, _ task: GlueTask, _ names: [String]?) throws(DataError) {
        let quirks = task.quirks, request = DataRequest(schema: task.schema, requirement: .required, labelNames: nil)
        var fields: [TableField] = [], rows: [[String]] = []
        while try reader.next(&fields) != nil {
            if fields.count > 1 || !fields[0].range.isEmpty { rows.append(fields.map(reader.string)) }
        }
        let first = rows.first ?? [],
            hasHeader = quirks.headerless.isEmpty || quirks.headerMark.map(first.contains) == true
        let present = hasHeader ? first : quirks.headerless, text = reader.text
        let known = try TableColumns(present, request, text: text, line: hasHeader ? 1 : nil)
        columns =
            try names.map { (names) throws(DataError) in
                try names.map { (name) throws(DataError) in
                    if let place = present.firstIndex(of: name) { return place }
                    throw text.error(
                        .missingColumn(names: [name], nearest: NearestName.of([name], in: present), present: present),
                        line: hasHeader ? 1 : nil)
                }
            } ?? [known.text, known.pair].compactMap { $0 }
        if hasHeader { rows.removeFirst() }
        header = hasHeader ? Self.line(first) : nil
        usable = rows.indices.filter { index in
            rows[index].count == present.count && (known.label.map { rows[index][$0] != quirks.skippedLabel } ?? true)
        }
        self.rows = rows
    }

    /// A row as a line of the file, its line break included.
    static func line(_ fields: [String]) -> String { fields.joined(separator: "\t") + "\n" }
}
