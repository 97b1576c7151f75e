import LatheFiles

/// Makes examples from the rows of a table.
struct TableReader<Rows: TableRows> {
    private var rows: Rows
    private let request: DataRequest
    private let quirks: TableQuirks

    init(_ rows: Rows, _ request: DataRequest, quirks: TableQuirks) {
        self.rows = rows
        self.request = request
        self.quirks = quirks
    }

    /// Reads all rows.
    mutating func read() throws(DataError) -> DatasetFile {
        var fields: [TableField] = []
        guard let firstLine = try rows.next(&fields) else { throw noExamples(hasHeader: false) }
        let first = fields.map(rows.string)
        let hasHeader = quirks.headerless.isEmpty || quirks.headerMark.map(first.contains) == true
        let names = hasHeader ? first : quirks.headerless
        let columns = try TableColumns(names, request, text: rows.text, line: hasHeader ? firstLine : nil)

        var labels = (columns.label ?? columns.flags.first).map { place in
            LabelReader(
                request.schema, order: request.labelNames,
                column: DataError.Column(number: place + 1, name: names[place]), requirement: request.requirement)
        }
        var examples: [TextExample] = []
        var skippedRows = 0
        var hasLabels = true
        var blankLine: Int?
        var line: Int? = firstLine
        if hasHeader { line = try rows.next(&fields) }
        while let current = line {
            if fields.count == 1, fields[0].range.isEmpty {
                blankLine = blankLine ?? current
            } else {
                if let blankLine, !quirks.skipsBrokenRows { throw rows.text.error(.blankLine, line: blankLine) }
                if let example = try example(fields, columns, names.count, &labels, line: current) {
                    if example.label == .none { hasLabels = false }
                    examples.append(example)
                } else {
                    skippedRows += 1
                }
            }
            line = try rows.next(&fields)
        }
        guard !examples.isEmpty else { throw noExamples(hasHeader: hasHeader) }
        let labelNames = labels?.finish(&examples) ?? request.defaultLabelNames
        return DatasetFile(
            path: rows.text.path, examples: examples, labelNames: labelNames, hasLabels: hasLabels,
            skippedRowCount: skippedRows, hasNumberedLabels: labels?.hasNumberedLabels ?? false)
    }

    /// The example of a row, or nil where the file's quirks say that it is left out.
    private func example(
        _ fields: [TableField], _ columns: TableColumns, _ count: Int, _ labels: inout LabelReader?, line: Int
    ) throws(DataError) -> TextExample? {
        guard fields.count == count else {
            if quirks.skipsBrokenRows { return nil }
            throw rows.text.error(.columnCount(expected: count, found: fields.count, format: Rows.format), line: line)
        }
        var label = TextExample.Label.none
        do throws(DataProblem) {
            if let place = columns.label {
                let written = rows.string(fields[place])
                if written == quirks.skippedLabel { return nil }
                label = try labels?.label(written) ?? .none
            } else if !columns.flags.isEmpty {
                label = try labels?.label(flags: columns.flags.map { rows.string(fields[$0]) }) ?? .none
            }
        } catch {
            throw rows.text.error(error.problem, line: line)
        }
        return TextExample(
            text: rows.string(fields[columns.text]), pair: columns.pair.map { rows.string(fields[$0]) }, label: label)
    }

    private func noExamples(hasHeader: Bool) -> DataError {
        rows.text.error(.noExamples(hasHeader: hasHeader), line: nil)
    }
}

/// Where the columns of a schema are in a table.
struct TableColumns {
    let text: Int
    let pair: Int?
    let label: Int?
    /// Columns with 0 or 1, in the order of the schema's `flags`.
    let flags: [Int]

    init(_ names: [String], _ request: DataRequest, text: TextBytes, line: Int?) throws(DataError) {
        let schema = request.schema
        var places: [String: Int] = [:]
        var duplicate: String?
        for (place, name) in names.enumerated() where places.updateValue(place, forKey: name) != nil {
            duplicate = duplicate ?? name
        }
        func place(_ wanted: [String]) throws(DataError) -> Int {
            if let found = wanted.lazy.compactMap({ places[$0] }).first { return found }
            let nearest = NearestName.of(wanted, in: names, except: schema)
            throw text.error(.missingColumn(names: wanted, nearest: nearest, present: names), line: line)
        }
        self.text = try place(schema.text)
        pair = schema.pair.isEmpty ? nil : try place(schema.pair)
        label = schema.label.lazy.compactMap { places[$0] }.first
        flags = try schema.flags.map { (name) throws(DataError) in try place([name]) }
        if label == nil, flags.isEmpty, !schema.label.isEmpty || request.requirement == .required {
            // A name that is nearly the label's is a mistake; none at all is a test set.
            let nearest = NearestName.of(schema.label, in: names, except: schema)
            if nearest != nil || request.requirement == .required {
                throw text.error(.noLabels(names: schema.label, nearest: nearest, present: names), line: line)
            }
        }
        let used = ([self.text, pair, label].compactMap { $0 } + flags).map { names[$0] }
        if let duplicate, used.contains(duplicate) { throw text.error(.duplicateColumn(duplicate), line: line) }
    }
}
