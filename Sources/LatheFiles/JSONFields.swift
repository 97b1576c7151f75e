/// Reads the fields of a JSON object and collects what is wrong with them, so that all of it is told at once.
///
/// ```swift
/// let fields = JSONFields(try StrictJSON.parse(text))
/// let layers = fields.integer("num_hidden_layers", in: 1...1000)
/// let dropout = fields.number("hidden_dropout_prob", in: 0...1, default: 0.1)
/// if !fields.problems.isEmpty { … }    // "num_hidden_layers: missing; add an integer 1…1000"
/// ```
///
/// A field that is null counts as absent. A reader of a wrong field returns some value of the right kind, to go on
/// with. The fields of an object within (``object(_:)``) report to the same list, with the keys that lead to them.
public final class JSONFields {
    /// Something to say about one field.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The field, with the keys that lead to it: `model.type`.
        public let key: String
        /// What was expected, and the cure.
        public let text: String
        /// Whether the reader can be asked to pass over the field.
        public let isIgnorable: Bool

        public init(key: String, text: String, isIgnorable: Bool = false) {
            (self.key, self.text, self.isIgnorable) = (key, text, isIgnorable)
        }

        public var description: String { "\(MessageText.shortened(key, to: 400)): \(text)" }
    }

    /// Something that is right and yet should be known.
    public typealias Note = Problem

    /// What an object and all within it report to.
    private final class Report {
        var problems: [Problem] = []
        var notes: [Note] = []
    }

    private let object: JSONValue
    private let prefix: String
    private let report: Report
    /// Keys that a reader asked for, each once, in the order of asking.
    private var knownKeys: [String] = []
    /// The objects within that a reader asked for.
    private var children: [JSONFields] = []

    /// - Parameters:
    ///   - object: what fields are read from.
    ///   - prefix: what leads to the object, with its dot: `model.`
    public convenience init(_ object: JSONValue, prefix: String = "") {
        self.init(object, prefix: prefix, report: Report())
    }

    private init(_ object: JSONValue, prefix: String, report: Report) {
        (self.object, self.prefix, self.report) = (object, prefix, report)
    }

    /// What is wrong so far, in the order of reading, in other objects of the same file too.
    public var problems: [Problem] { report.problems }

    /// What is right and yet should be known, in the order of reading.
    public var notes: [Note] { report.notes }

    /// All keys of the object, in the order of the file.
    public var keys: [String] { (object.object ?? []).map(\.key) }

    /// The keys that no reader has asked for, and those within the objects that one has asked for, each with what leads
    /// to it.
    public var unreadPaths: [String] { unreadKeys.map { path($0) } + children.flatMap(\.unreadPaths) }

    private var unreadKeys: [String] { keys.filter { !knownKeys.contains($0) } }

    /// The value of a field, nil where it is absent or null.
    public subscript(key: String) -> JSONValue? {
        if !knownKeys.contains(key) { knownKeys.append(key) }
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// The value of a field, which still counts as unread.
    public func peek(_ key: String) -> JSONValue? { object[key].flatMap { $0.isNull ? nil : $0 } }

    /// Where a field stands: the keys that lead to it, and its own.
    public func path(_ key: String) -> String { prefix + key }

    /// Notes a problem that the caller found.
    /// - Parameters:
    ///   - key: the field's own key.
    ///   - text: what was expected, and the cure.
    ///   - isIgnorable: whether the reader can be asked to pass over the field.
    public func report(_ key: String, _ text: String, isIgnorable: Bool = false) {
        report.problems.append(Problem(key: path(key), text: text, isIgnorable: isIgnorable))
    }

    /// Notes something that is right and yet should be known.
    public func note(_ key: String, _ text: String) {
        report.notes.append(Note(key: path(key), text: text))
    }

    /// Reports every key of this object that no reader has asked for, with the nearest of those that were.
    public func reportUnreadKeys() {
        for key in unreadKeys {
            let cure =
                NearestName.of([key], in: knownKeys).map { "did you mean \($0)?" } ?? "known are "
                + knownKeys.joined(separator: ", ")
            report(key, "unknown key; \(cure)")
        }
    }

    /// The fields of the object under `key`; those of an empty object where it is absent, or wrong and reported.
    public func object(_ key: String) -> JSONFields {
        let value = value(key, "an object", default: JSONValue.object([])) { $0.object.map(JSONValue.object) }
        let child = JSONFields(value, prefix: path(key) + ".", report: report)
        children.append(child)
        return child
    }

    /// The fields of the object under `key`; nil where it is absent.
    public func objectIfPresent(_ key: String) -> JSONFields? {
        self[key] == nil ? nil : object(key)
    }

    /// The fields of the object under `key`, of which nothing that is wrong, unknown or worth knowing is told where
    /// `isUnchecked` holds for it.
    public func object(_ key: String, uncheckedIf isUnchecked: (JSONValue) -> Bool) -> JSONFields {
        guard let value = self[key], value.object != nil, isUnchecked(value) else { return object(key) }
        return JSONFields(value, prefix: path(key) + ".", report: Report())
    }

    /// The same fields, which report to a list of their own.
    public var apart: JSONFields { JSONFields(object, prefix: prefix, report: Report()) }

    /// An integer in `range`. Without a default it must be there.
    public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) -> Int {
        let expected =
            range.upperBound == .max
            ? "an integer of at least \(range.lowerBound)" : "an integer \(range.lowerBound)…\(range.upperBound)"
        return value(key, expected, default: fallback, stopgap: range.lowerBound) { value in
            value.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number in `range`. Without a default it must be there.
    public func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil) -> Double {
        let lowest = Self.shown(range.lowerBound)
        let expected =
            range.upperBound == .greatestFiniteMagnitude
            ? "a number of at least \(lowest)" : "a number \(lowest)…\(Self.shown(range.upperBound))"
        return value(key, expected, default: fallback, stopgap: range.lowerBound) { value in
            value.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// true or false. Without a default it must be there.
    public func bool(_ key: String, default fallback: Bool? = nil) -> Bool {
        value(key, "true or false", default: fallback, stopgap: false, \.bool)
    }

    /// One of the strings that `choices` gives a meaning. Without a default it must be there.
    public func choice<Value>(_ key: String, _ choices: KeyValuePairs<String, Value>, default fallback: Value? = nil)
        -> Value
    {
        precondition(!choices.isEmpty, "\(key): no choices")
        return value(
            key, "one of " + choices.map(\.key).joined(separator: ", "), default: fallback, stopgap: choices[0].value
        ) { value in
            choices.first { $0.key == value.string }?.value
        }
    }

    /// Whatever `parse` makes of the field; nil from it is a problem: "expected …, got …". Without a default the field
    /// must be there.
    /// - Parameters:
    ///   - key: the field's name.
    ///   - expected: what would do, for messages: "an integer 1…16".
    ///   - fallback: what an absent field means; nil for one that must be there.
    ///   - stopgap: what is returned for a wrong field that has no default.
    ///   - parse: makes the value; nil for one that will not do.
    public func value<Value>(
        _ key: String, _ expected: String, default fallback: Value? = nil, stopgap: Value,
        _ parse: (JSONValue) -> Value?
    ) -> Value {
        guard let value = self[key] else {
            if let fallback { return fallback }
            report(key, "missing; add \(expected)")
            return stopgap
        }
        if let parsed = parse(value) { return parsed }
        report(key, "expected \(expected), got \(value.shown)")
        return fallback ?? stopgap
    }

    /// As above, for a field that may be absent.
    public func value<Value>(_ key: String, _ expected: String, default fallback: Value, _ parse: (JSONValue) -> Value?)
        -> Value
    {
        value(key, expected, default: fallback, stopgap: fallback, parse)
    }

    /// A number without a needless `.0`.
    private static func shown(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? number.description
    }
}

extension JSONValue {
    /// For messages: a short scalar as it is written, anything else as its kind.
    public var shown: String {
        switch self {
        case .array, .object: return kind
        default:
            let text = text()
            return text.unicodeScalars.count > 60 ? kind : text
        }
    }
}
