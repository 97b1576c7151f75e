import LatheTensor

/// Turns the labels of one file into classes or scores.
struct LabelReader {
    /// More classes than this are a sign that a wrong column was named.
    static let classLimit = 1_000

    private let kind: TextSchema.LabelKind
    private let requirement: LabelRequirement
    private let column: DataError.Column
    private var names: [String] = []
    private var indices: [String: Int32] = [:]
    /// Where names come from the file: the labels by the order in which they came.
    private let findsNames: Bool

    /// - Parameter order: the names in the order of their indices, where it differs from the schema's.
    init(_ schema: TextSchema, order: [String]?, column: DataError.Column, requirement: LabelRequirement) {
        kind = schema.labelKind
        self.requirement = requirement
        self.column = column
        guard case .classes(let schemaNames) = schema.labelKind else {
            findsNames = false
            return
        }
        findsNames = schemaNames.isEmpty
        names = order ?? schemaNames
        for (index, name) in names.enumerated() { indices[name] = Int32(index) }
        // A number stands for a place in the schema's order, since that is the order of the one who wrote the file.
        for (index, name) in schemaNames.enumerated() where indices[String(index)] == nil {
            indices[String(index)] = indices[name]
        }
    }

    /// The label that `text` stands for. Where the classes are known, -1 is no label: so the `datasets` library writes
    /// test sets.
    /// - Throws: the problem, for the caller to give a place.
    mutating func label(_ text: String) throws(DataProblem) -> ExampleLabel {
        guard case .classes = kind else { return try score(text) }
        if let index = indices[text] { return .classIndex(index) }
        if text == "-1", !findsNames { return try noLabel() }
        guard findsNames else { throw DataProblem(.unknownLabel(column, found: text, expected: expected)) }
        if text.isEmpty { throw DataProblem(.emptyLabel(column)) }
        guard names.count < Self.classLimit else { throw DataProblem(.tooManyLabels(column, limit: Self.classLimit)) }
        let index = Int32(names.count)
        names.append(text)
        indices[text] = index
        return .classIndex(index)
    }

    /// The label of a JSON value; `null` is no label.
    mutating func label(_ value: JSONValue) throws(DataProblem) -> ExampleLabel {
        switch (value, kind) {
        case (.null, _): return try noLabel()
        case (.integer(let number), _): return try label(String(number))
        case (.number(let number), .score): return try score(Float(number), written: value.text())
        case (.string(let text), _): return try label(text)
        case (_, .classes): throw DataProblem(.wrongKind(column, expected: "a class", found: value.kindName))
        case (_, .score): throw DataProblem(.wrongKind(column, expected: "a number", found: value.kindName))
        }
    }

    private func noLabel() throws(DataProblem) -> ExampleLabel {
        guard requirement == .ifPresent else { throw DataProblem(.emptyLabel(column)) }
        return .none
    }

    private func score(_ text: String) throws(DataProblem) -> ExampleLabel {
        // `Float` would also take infinities, NaN and hexadecimal digits.
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        return try score(isPlain ? Float(text) : nil, written: text)
    }

    private func score(_ value: Float?, written: String) throws(DataProblem) -> ExampleLabel {
        var range: ClosedRange<Float>?
        if case .score(let limits) = kind { range = limits }
        guard let value, value.isFinite, range?.contains(value) ?? true else {
            throw DataProblem(.malformedScore(column, found: written, range: range))
        }
        return .score(value)
    }

    /// What a label may be, for messages: the numbers too where they stand for names.
    private var expected: [String] {
        guard case .classes(let schemaNames) = kind else { return names }
        return schemaNames + schemaNames.indices.map(String.init).filter { !schemaNames.contains($0) }
    }

    /// Brings names found in the file into their order, and the labels of `examples` with them.
    mutating func finish(_ examples: inout [TextExample]) -> [String] {
        guard findsNames, !names.isEmpty else { return names }
        let numbers = names.compactMap { Int($0) }
        let order: [Int] = names.indices.sorted { left, right in
            if numbers.count == names.count, numbers[left] != numbers[right] { return numbers[left] < numbers[right] }
            return names[left].utf8.lexicographicallyPrecedes(names[right].utf8)
        }
        var places = [Int32](repeating: 0, count: names.count)
        for (place, index) in order.enumerated() { places[index] = Int32(place) }
        for index in examples.indices {
            if case .classIndex(let old) = examples[index].label {
                examples[index].label = .classIndex(places[Int(old)])
            }
        }
        names = order.map { names[$0] }
        return names
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
