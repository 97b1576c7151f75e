import LatheFiles

/// A regular expression that is searched anywhere in a module's path, as Python's `re.search` does, or `*`, which
/// stands for every module.
///
/// ```swift
/// try ModulePattern(#"layer\.\d+\.output"#).matches("bert.encoder.layer.3.output.dense")    // true
/// ```
public struct ModulePattern: Sendable, Hashable, CustomStringConvertible {
    /// Every module: DeepSpeed's default, which its own parser refuses as a regular expression.
    public static let everything = ModulePattern(source: "*", expression: nil)

    /// The text of the pattern in the config.
    public let source: String
    /// `nil` for every module.
    private let expression: PythonRegex?

    /// - Throws: `ModulePatternError` for a text that is not a regular expression, or not one that Lathe supports.
    public init(_ source: String) throws(ModulePatternError) {
        if source == "*" {
            self = .everything
            return
        }
        if source.isEmpty { throw .empty }
        do throws(PythonRegexError) {
            self.init(source: source, expression: try PythonRegex(source))
        } catch {
            throw ModulePatternError(error, source)
        }
    }

    private init(source: String, expression: PythonRegex?) {
        (self.source, self.expression) = (source, expression)
    }

    /// Whether the pattern is found somewhere in `path`.
    public func matches(_ path: String) -> Bool { expression?.isFound(in: path) ?? true }

    public static func == (left: Self, right: Self) -> Bool { left.source.utf8.elementsEqual(right.source.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    public var description: String { source }
}

/// The reason why a text is not a pattern.
public enum ModulePatternError: DescribedError, Equatable {
    case empty
    case long(byteCount: Int, limit: Int)
    /// Groups within too many others.
    case nested
    /// Repetitions that multiply to more than can be searched.
    case large
    case malformed(source: String, reason: String)
    /// A regular expression of Python that needs what Lathe does not support.
    case unsupported(source: String, construct: String)

    fileprivate init(_ error: PythonRegexError, _ source: String) {
        switch error {
        case .long(let byteCount, let limit): self = .long(byteCount: byteCount, limit: limit)
        case .nested: self = .nested
        case .large: self = .large
        case .malformed(let reason): self = .malformed(source: source, reason: reason)
        case .unsupported(let construct): self = .unsupported(source: source, construct: construct)
        }
    }

    public var description: String {
        switch self {
        case .empty: "empty pattern; write \"*\" for every module"
        case .long(let byteCount, let limit):
            "has \(byteCount) bytes, and at most \(limit) are read; write several patterns"
        case .nested: "has more than fifty groups within each other; write a plainer pattern"
        case .large: "repeats too much; write smaller repetition counts"
        case .malformed(let source, let reason):
            "\(JSONValue.quoted(source)) is not a regular expression (\(reason)); correct it"
        case .unsupported(let source, let construct):
            "\(JSONValue.quoted(source)) uses \(construct), which is not supported; write it without"
        }
    }
}
