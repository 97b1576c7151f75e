/// Reads the fields of a JSON object and collects what is wrong with them, so that all of it is told at once.
///
/// ```swift
/// let fields = JSONFields(try StrictJSON.parse(text))
/// let layers = fields.integer("num_hidden_layers", in: 1...1000)
/// let dropout = fields.number("hidden_dropout_prob", in: 0...1, default: 0.1)
/// if !fields.problems.isEmpty { … }    // "num_hidden_layers: missing; add an integer from 1 to 1000"
/// ```
///
/// A field that is null counts as absent. A reader of a wrong field returns some value of the right kind, to go on with.
public final class JSONFields {
    /// Something wrong with one field.
    public struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// The field, with the keys that lead to it: `model.type`.
        public let key: String
        /// What was expected, and the cure.
        public let text: String

        public init(key: String, text: String) {
            self.key = key
            self.text = text
        }

        public var description: String { "\(key): \(text)" }
    }

    /// What is wrong so far, in the order of reading.
    public private(set) var problems: [Problem] = []
    private let object: JSONValue
    private let prefix: String

    /// - Parameter prefix: what leads to the object, with its dot: `model.`
    public init(_ object: JSONValue, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    /// The value of a field, nil where it is absent or null.
    public subscript(key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// Notes a problem that the caller found.
    public func report(_ key: String, _ text: String) {
        problems.append(Problem(key: prefix + key, text: text))
    }

    /// An integer in `range`. Without a default it must be there.
    public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) -> Int {
        read(key, "an integer from \(range.lowerBound) to \(range.upperBound)", fallback, range.lowerBound) { value in
            value.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number in `range`. Without a default it must be there.
    public func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil) -> Double {
        read(key, "a number from \(range.lowerBound) to \(range.upperBound)", fallback, range.lowerBound) { value in
            value.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// true or false. Without a default it must be there.
    public func bool(_ key: String, default fallback: Bool? = nil) -> Bool {
        read(key, "true or false", fallback, false, \.bool)
    }

    /// One of the strings that `choices` gives a meaning. Without a default it must be there.
    public func choice<Value>(_ key: String, _ choices: KeyValuePairs<String, Value>, default fallback: Value? = nil) -> Value {
        precondition(!choices.isEmpty, "\(key): no choices")
        return read(key, "one of " + choices.map(\.key).joined(separator: ", "), fallback, choices[0].value) { value in
            choices.first { $0.key == value.string }?.value
        }
    }

    private func read<Value>(_ key: String, _ expected: String, _ fallback: Value?, _ stopgap: Value, _ parse: (JSONValue) -> Value?) -> Value {
        guard let value = self[key] else {
            if let fallback { return fallback }
            report(key, "missing; add \(expected)")
            return stopgap
        }
        if let parsed = parse(value) { return parsed }
        report(key, "expected \(expected), got \(Self.shown(value))")
        return fallback ?? stopgap
    }

    /// A scalar as it is written, anything else as its kind.
    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .array, .object: return value.kind
        default:
            let text = value.text()
            return text.unicodeScalars.count > 60 ? value.kind : text
        }
    }
}
