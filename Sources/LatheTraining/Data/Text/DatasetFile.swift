import LatheFiles

/// The examples of one file.
///
/// ```swift
/// let dev = try DatasetFile.load("glue/SST-2/dev.tsv", task: .sst2, labels: .required)
/// dev.examples[0]    // TextExample(text: "it 's a charming …", pair: nil, label: .classIndex(1))
/// ```
///
/// Files are UTF-8, with or without byte order mark; lines end in `\n` or `\r\n`; the last line break may be missing,
/// and blank lines may follow it. Every mistake is an error with its line; nothing is guessed.
package struct DatasetFile: Equatable, Sendable {
    /// The file's path.
    package let path: String
    /// The examples, in the file's order.
    package let examples: [TextExample]
    /// The names of the classes in the order of their indices; empty for regression and where there are no labels.
    package let labelNames: [String]
    /// Whether every example has a label.
    package let hasLabels: Bool
    /// Rows left out: QQP's broken ones, and those of MNLI whose annotators did not agree.
    package let skippedRowCount: Int
    /// Receives files of which rows were left out; programs tell their users.
    @TaskLocal package static var skippedRows = SkippedRowsReceiver { _ in }
    /// Whether labels were numbers that stand for places in the list of known names.
    package var hasNumberedLabels = false

    /// Reads a file of a GLUE task, as GLUE ships it, or as CSV or JSON lines with the same columns.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - task: whose columns the file has.
    ///   - format: how it is written; nil tells it from the name.
    ///   - labels: whether labels must be there.
    ///   - labelNames: the classes in the order of the model's outputs, as in a checkpoint's `id2label`; upper and
    ///     lower case are one. Nil is the task's own order.
    /// - Throws: `DataError` with the file, the line and the cure.
    package static func load(
        _ path: String, task: GlueTask, format: DataFormat? = nil, labels: LabelRequirement = .ifPresent,
        labelNames: [String]? = nil
    ) throws(DataError) -> DatasetFile {
        try load(try open(path), task: task, format: format, labels: labels, labelNames: labelNames)
    }

    /// Reads a mapped file of a GLUE task; see ``load(_:task:format:labels:labelNames:)``.
    package static func load(
        _ file: MappedFile, task: GlueTask, format: DataFormat? = nil, labels: LabelRequirement = .ifPresent,
        labelNames: [String]? = nil
    ) throws(DataError) -> DatasetFile {
        let order = try labelNames.map { (names) throws(DataError) in try reordered(task, names, path: file.path) }
        let request = DataRequest(schema: task.schema, requirement: labels, labelNames: order)
        return try load(file, request, format, task.quirks)
    }

    /// Reads a table whose columns the caller names.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - schema: which columns hold what.
    ///   - format: how it is written; nil tells it from the name.
    ///   - labels: whether labels must be there.
    /// - Throws: `DataError` with the file, the line and the cure.
    package static func load(
        _ path: String, schema: TextSchema, format: DataFormat? = nil, labels: LabelRequirement = .ifPresent
    ) throws(DataError) -> DatasetFile {
        try load(try open(path), schema: schema, format: format, labels: labels)
    }

    /// Reads a mapped table whose columns the caller names; see ``load(_:schema:format:labels:)``.
    package static func load(
        _ file: MappedFile, schema: TextSchema, format: DataFormat? = nil, labels: LabelRequirement = .ifPresent
    ) throws(DataError) -> DatasetFile {
        try load(file, DataRequest(schema: schema, requirement: labels, labelNames: nil), format, TableQuirks())
    }

    static func load(
        _ file: MappedFile, _ request: DataRequest, _ format: DataFormat?, _ quirks: TableQuirks
    ) throws(DataError) -> DatasetFile {
        guard let format = format ?? DataFormat(path: file.path) else {
            throw DataError(.unknownFormat, path: file.path)
        }
        let result = try TextBytes.read(file) { (text) throws(DataError) in
            switch format {
            case .tsv:
                var reader = TableReader(TSVRows(text), request, quirks: quirks)
                return try reader.read()
            case .csv:
                var reader = TableReader(CSVRows(text), request, quirks: request.isHeaderless ? quirks : TableQuirks())
                return try reader.read()
            case .jsonl: return try ObjectReader(text, request).read()
            }
        }
        if result.skippedRowCount > 0 { skippedRows.receive(result) }
        return result
    }

    /// Maps the file at `path`.
    /// - Throws: `DataError`.
    package static func open(_ path: String) throws(DataError) -> MappedFile {
        do throws(FileError) {
            return try MappedFile(path: path)
        } catch {
            throw DataError(.file(error), path: path)
        }
    }

    /// The task's names in the order of `names`.
    private static func reordered(
        _ task: GlueTask, _ names: [String], path: String
    ) throws(DataError) -> [String] {
        let own = task.labelNames
        let order = names.compactMap { name in own.first { $0 == name.lowercased() } }
        guard order.count == names.count, order.count == own.count, Set(order).count == own.count else {
            throw DataError(.labelNames(found: names, expected: own), path: path)
        }
        return order
    }
}

/// Receives each file of which rows were left out, when it has been read.
package struct SkippedRowsReceiver: Sendable {
    let receive: @Sendable (_ file: DatasetFile) -> Void

    package init(_ receive: @escaping @Sendable (_ file: DatasetFile) -> Void) { self.receive = receive }
}

/// What is wanted from a file.
struct DataRequest {
    var schema: TextSchema
    var requirement: LabelRequirement
    /// The order of the classes where it is not the schema's.
    var labelNames: [String]?
    /// Whether a table has no header, whatever its format.
    var isHeaderless = false

    /// The names of the classes where no label was read.
    var defaultLabelNames: [String] {
        switch schema.labelKind {
        case .classes(let names): return labelNames ?? names
        case .labelSets(let names, _): return names
        case .score: return []
        }
    }
}
