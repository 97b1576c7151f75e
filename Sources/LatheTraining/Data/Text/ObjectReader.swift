import LatheFiles

/// Makes examples from lines that hold one JSON object each.
struct ObjectReader {
    /// More values than this in one line are no example.
    private static let valueLimit = 1 << 16

    private let text: TextBytes
    private let request: DataRequest

    init(_ text: TextBytes, _ request: DataRequest) {
        self.text = text
        self.request = request
    }

    /// Reads all lines.
    func read() throws(DataError) -> DatasetFile {
        let schema = request.schema
        var labels: LabelReader?
        var examples: [TextExample] = []
        var hasLabels = true
        var blankLine: Int?
        var line = 0
        var start = 0
        while start < text.bytes.count {
            let end = text.lineEnd(from: start)
            line += 1
            defer { start = end + 1 }
            if text.isBlank(start..<end) {
                blankLine = blankLine ?? line
                continue
            }
            if let blankLine { throw text.error(.blankLine, line: blankLine) }
            let members = try Self.object(text, start..<end, line: line)
            var example = TextExample(text: try string(schema.text, members, line: line))
            if !schema.pair.isEmpty { example.pair = try string(schema.pair, members, line: line) }
            example.label = try label(members, &labels, line: line)
            if example.label == .none { hasLabels = false }
            examples.append(example)
        }
        guard !examples.isEmpty else { throw text.error(.noExamples(hasHeader: false), line: nil) }
        let labelNames = labels?.finish(&examples) ?? request.defaultLabelNames
        return DatasetFile(
            path: text.path, examples: examples, labelNames: labelNames, hasLabels: hasLabels, skippedRowCount: 0,
            hasNumberedLabels: labels?.hasNumberedLabels ?? false)
    }

    /// The keys and values of a line.
    static func object(_ text: TextBytes, _ range: Range<Int>, line: Int) throws(DataError) -> [JSONValue.Member] {
        let value: JSONValue
        do throws(JSONError) {
            let bytes = UnsafeRawBufferPointer(rebasing: text.bytes[range])
            value = try StrictJSON.parse(bytes, valueLimit: valueLimit)
        } catch {
            let placed = JSONError(
                error.problem, offset: range.lowerBound + error.offset, line: line, column: error.column)
            throw text.error(.json(placed), line: line)
        }
        guard case .object(let members) = value else {
            throw text.error(.notAnObject(found: value.kindName), line: line)
        }
        return members
    }

    private func string(_ names: [String], _ members: [JSONValue.Member], line: Int) throws(DataError) -> String {
        guard let member = Self.member(names, members) else {
            let present = members.map(\.key)
            let nearest = NearestName.of(names, in: present, except: request.schema)
            throw text.error(.missingColumn(names: names, nearest: nearest, present: present), line: line)
        }
        guard case .string(let string) = member.value else {
            let column = DataError.Column(number: nil, name: member.key)
            throw text.error(.wrongKind(column, expected: "a string", found: member.value.kindName), line: line)
        }
        return string
    }

    /// The label of a line.
    private func label(_ members: [JSONValue.Member], _ labels: inout LabelReader?, line: Int) throws(DataError)
        -> TextExample.Label
    {
        let flags = request.schema.flags, member = flags.isEmpty ? try self.label(members, line: line) : nil
        guard let name = member?.key ?? flags.first else { return .none }
        var reader =
            labels
            ?? LabelReader(
                request.schema, order: request.labelNames, column: DataError.Column(number: nil, name: name),
                requirement: request.requirement)
        defer { labels = reader }
        do throws(DataProblem) {
            if let member { return try reader.label(member.value) }
            return try reader.label(
                flags: flags.map { name in members.first { $0.key == name }.map { Self.flag($0.value) } ?? "" })
        } catch {
            throw text.error(error.problem, line: line)
        }
    }

    /// A value that stands for 0 or 1, as a table would have it.
    private static func flag(_ value: JSONValue) -> String { value.string ?? value.text() }

    /// The label's key and value, or nil in a test set.
    private func label(_ members: [JSONValue.Member], line: Int) throws(DataError) -> JSONValue.Member? {
        let names = request.schema.label
        if let member = Self.member(names, members) { return member }
        let present = members.map(\.key)
        let nearest = NearestName.of(names, in: present, except: request.schema)
        if nearest != nil || request.requirement == .required {
            throw text.error(.noLabels(names: names, nearest: nearest, present: present), line: line)
        }
        return nil
    }

    private static func member(_ names: [String], _ members: [JSONValue.Member]) -> JSONValue.Member? {
        names.lazy.compactMap { name in members.first { $0.key == name } }.first
    }
}
