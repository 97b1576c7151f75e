/// A regular expression with the syntax and the meaning of Python's `re` module, for text patterns of configs that
/// Python programs read as well.
///
/// ```swift
/// try PythonRegex(#"(?<!attention\.)output\.dense"#).isFound(in: "layer.0.output.dense")    // true
/// ```
///
/// Only whether and not where it matches is computed, so the time of a search is at most proportional to the length of
/// the compiled expression times the square of the length of the text. Backreferences, conditional groups and `\N{…}`
/// are not supported.
package struct PythonRegex: Sendable {
    /// The most bytes of an expression.
    package static let byteLimit = 16_384
    /// The most instructions that an expression is compiled to: a repetition such as `(…){1000}` counts as often as it
    /// repeats.
    static let instructionLimit = 65_536

    /// As it was written.
    package let source: String
    private let program: RegexProgram

    /// - Throws: `PythonRegexError` if Python refuses the expression, if it is too long, or if it needs what is not
    ///   supported.
    package init(_ source: String) throws(PythonRegexError) {
        if source.utf8.count > Self.byteLimit { throw .long(byteCount: source.utf8.count, limit: Self.byteLimit) }
        var parser = RegexParser(source)
        self.source = source
        program = try RegexProgram(try parser.parse())
    }

    /// Whether the expression matches somewhere in `text`, as `re.search` tells.
    package func isFound(in text: String) -> Bool {
        var matcher = RegexMatcher(program, text)
        return matcher.search()
    }

    /// Whether the expression matches at the start of `text`, as `re.match` tells.
    package func matchesStart(of text: String) -> Bool {
        var matcher = RegexMatcher(program, text)
        return matcher.matchesStart()
    }
}

/// The reason why a text is not a regular expression that can be used.
package enum PythonRegexError: DescribedError, Equatable, Sendable {
    case long(byteCount: Int, limit: Int)
    /// More than fifty groups within each other.
    case nested
    /// Repetitions that multiply to more than can be searched.
    case large
    /// Python refuses it, for this reason.
    case malformed(reason: String)
    /// Python takes it, Lathe does not: what it needs, and what to write.
    case unsupported(String)

    package var description: String {
        switch self {
        case .long(let byteCount, let limit): "has \(byteCount) bytes; write at most \(limit)"
        case .nested: "has more than fifty groups within each other; write a plainer one"
        case .large: "repeats too much; write smaller repetition counts"
        case .malformed(let reason): "is not a regular expression (\(reason)); correct it"
        case .unsupported(let construct): "uses \(construct), which is not supported; write it without"
        }
    }
}
