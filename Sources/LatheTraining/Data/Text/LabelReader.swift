import LatheFiles

/// Turns the labels of one file into classes, sets of labels, or scores.
struct LabelReader {
    /// As many classes as a `config.json` can name.
    static let classLimit = 65_536
    /// What usually stands between the labels of a list.
    private static let separators: [Character] = ["|", ";", ","]

    private let kind: TextSchema.LabelKind
    private let requirement: LabelRequirement
    private let column: DataError.Column
    private var names: [String] = []
    private var indices: [String: Int32] = [:]
    /// Numbers that stand for the places of known names.
    private var places: [String: Int32] = [:]
    /// Where names come from the file: the labels by the order in which they came.
    private let findsNames: Bool
    /// The labels of the schema's flags, in their order.
    private let flags: [String]
    private var separator: Character?
    /// Whether a number stood for the place of a name.
    private(set) var hasNumberedLabels = false

    /// - Parameter order: the names in the order of their indices, where it differs from the schema's.
    init(_ schema: TextSchema, order: [String]?, column: DataError.Column, requirement: LabelRequirement) {
        (kind, flags) = (schema.labelKind, schema.flags)
        self.requirement = requirement
        self.column = column
        let schemaNames: [String]
        switch schema.labelKind {
        case .score:
            findsNames = false
            return
        case .classes(let names): schemaNames = names
        case .labelSets(let names, let given): (schemaNames, separator) = (names.isEmpty ? schema.flags : names, given)
        }
        findsNames = schemaNames.isEmpty
        names = order ?? schemaNames
        for (index, name) in names.enumerated() { indices[name] = Int32(index) }
        // A number stands for a place in the schema's order, since that is the order of the one who wrote the file,
        // unless names are numbers themselves.
        guard !schemaNames.contains(where: { Int($0) != nil }) else { return }
        for (index, name) in schemaNames.enumerated() { places[String(index)] = indices[name] }
    }

    /// The label that `text` stands for. Where the classes are known, -1 is no label: so the `datasets` library writes
    /// test sets.
    /// - Throws: the problem, for the caller to give a place.
    mutating func label(_ text: String) throws(DataProblem) -> TextExample.Label {
        switch kind {
        case .score: return try score(text)
        case .labelSets: return try labels(try parts(of: text))
        case .classes:
            if text == "-1", indices[text] == nil, !findsNames { return try noLabel() }
            return .classIndex(try index(of: text))
        }
    }

    /// The label of a JSON value; `null` is no label.
    mutating func label(_ value: JSONValue) throws(DataProblem) -> TextExample.Label {
        switch (value, kind) {
        case (.null, _): return try noLabel()
        case (.array(let values), .labelSets):
            return try labels(
                try values.map { (value) throws(DataProblem) in try name(value, expected: "a list of labels") })
        case (.integer(let number), _): return try label(String(number))
        case (.number(let number), .score): return try score(Float(number), written: value.text())
        case (.string(let text), _): return try label(text)
        case (.bool(let flag), .classes) where findsNames || indices[String(flag)] != nil:
            return try label(String(flag))
        case (_, .labelSets): throw DataProblem(.wrongKind(column, expected: "a list of labels", found: value.kindName))
        case (_, .classes): throw DataProblem(.wrongKind(column, expected: "a class", found: value.kindName))
        case (_, .score): throw DataProblem(.wrongKind(column, expected: "a number", found: value.kindName))
        }
    }

    /// The labels whose columns hold 1 or true; the others hold 0 or false. Empty fields are no label.
    mutating func label(flags values: [String]) throws(DataProblem) -> TextExample.Label {
        if values.allSatisfy(\.isEmpty) { return try noLabel() }
        var set: [Int32] = []
        for (name, value) in zip(flags, values) {
            switch value.lowercased() {
            case "1", "1.0", "true", "yes":
                guard let index = indices[name] else {
                    throw DataProblem(.unknownLabel(column, found: name, expected: names))
                }
                set.append(index)
            case "0", "0.0", "false", "no": break
            default:
                throw DataProblem(.unknownLabel(.init(number: nil, name: name), found: value, expected: ["0", "1"]))
            }
        }
        return .labelIndices(set.sorted())
    }

    private mutating func labels(_ written: [String]) throws(DataProblem) -> TextExample.Label {
        var set: Set<Int32> = []
        for name in written {
            guard set.insert(try index(of: name)).inserted else { throw DataProblem(.repeatedLabel(column, name)) }
        }
        return .labelIndices(set.sorted())
    }

    /// The names in a list, without the white space around them.
    private mutating func parts(of text: String) throws(DataProblem) -> [String] {
        let present = Self.separators.first(where: text.contains)
        if separator == nil { separator = present }
        if let separator, let present, !text.contains(separator) {
            throw DataProblem(.otherSeparator(column, expected: separator, found: present))
        }
        let pieces = separator.map { text.split(separator: $0, omittingEmptySubsequences: false) } ?? [Substring(text)]
        return pieces.map { String($0.trimming { $0.isWhitespace }) }.filter { !$0.isEmpty }
    }

    private func name(_ value: JSONValue, expected: String) throws(DataProblem) -> String {
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        default: throw DataProblem(.wrongKind(column, expected: expected, found: value.kindName))
        }
    }

    /// The number of a class or label, new ones included where they come from the file.
    private mutating func index(of name: String) throws(DataProblem) -> Int32 {
        if let index = indices[name] { return index }
        if let index = places[name] {
            hasNumberedLabels = true
            return index
        }
        guard findsNames else { throw DataProblem(.unknownLabel(column, found: name, expected: expected)) }
        if name.isEmpty { throw DataProblem(.emptyLabel(column)) }
        guard names.count < Self.classLimit else { throw DataProblem(.tooManyLabels(column, limit: Self.classLimit)) }
        let index = Int32(names.count)
        names.append(name)
        indices[name] = index
        return index
    }

    private func noLabel() throws(DataProblem) -> TextExample.Label {
        guard requirement == .ifPresent else { throw DataProblem(.emptyLabel(column)) }
        return .none
    }

    private func score(_ text: String) throws(DataProblem) -> TextExample.Label {
        // `Float` would also take infinities, NaN and hexadecimal digits.
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        return try score(isPlain ? Float(text) : nil, written: text)
    }

    private func score(_ value: Float?, written: String) throws(DataProblem) -> TextExample.Label {
        var range: ClosedRange<Float>?
        if case .score(let limits) = kind { range = limits }
        guard let value, value.isFinite, range?.contains(value) ?? true else {
            throw DataProblem(.malformedScore(column, found: written, range: range))
        }
        return .score(value)
    }

    /// What a label may be, for messages: the numbers too where they stand for names.
    private var expected: [String] {
        let numbers = places.keys.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
        guard case .classes(let schemaNames) = kind, !schemaNames.isEmpty else { return names + numbers }
        return schemaNames + numbers
    }

    /// Brings names found in the file into their order, and the labels of `examples` with them.
    mutating func finish(_ examples: inout [TextExample]) -> [String] {
        guard findsNames, !names.isEmpty else { return names }
        let ordered = Self.ordered(names),
            places = Dictionary(ordered.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
        Self.renumber(&examples, names.map { places[$0] ?? 0 })
        names = ordered
        return names
    }

    /// The order of names that come from files: that of numbers where all are whole numbers, byte order otherwise.
    static func ordered(_ names: [String]) -> [String] {
        let numbers = names.map { Int($0) }, areNumbers = numbers.allSatisfy { $0 != nil }
        return names.indices.sorted { left, right in
            if areNumbers, let first = numbers[left], let second = numbers[right], first != second {
                return first < second
            }
            return names[left].utf8.lexicographicallyPrecedes(names[right].utf8)
        }.map { names[$0] }
    }

    /// Gives the labels of `examples` new numbers: `places[old]`.
    static func renumber(_ examples: inout [TextExample], _ places: [Int32]) {
        for index in examples.indices {
            switch examples[index].label {
            case .classIndex(let old): examples[index].label = .classIndex(places[Int(old)])
            case .labelIndices(let old): examples[index].label = .labelIndices(old.map { places[Int($0)] }.sorted())
            case .score, .none: break
            }
        }
    }
}

extension Substring {
    /// The text without the characters at its ends that satisfy `isTrimmed`.
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}

/// A problem whose place is not known yet.
struct DataProblem: Error {
    let problem: DataError.Problem

    init(_ problem: DataError.Problem) {
        self.problem = problem
    }
}

extension JSONValue {
    /// What kind of value this is, for messages.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
