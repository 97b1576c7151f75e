/// Why a text is not the JSON that `StrictJSON` takes, and where.
public struct JSONError: DescribedError, Equatable, Sendable {
    /// The ways in which a text can be wrong.
    package enum Problem: Equatable, Sendable {
        /// The text ends within a value.
        case unexpectedEnd
        /// A byte that cannot stand here, and what could.
        case unexpected(byte: UInt8, expected: String)
        /// Something follows the value.
        case trailingContent
        /// A number that is not written as JSON wants it, such as `01` or `1.`.
        case malformedNumber
        /// A number beyond a double's range, or of more than 1,000 characters.
        case numberOutOfRange
        /// A backslash with something unknown behind it.
        case malformedEscape
        /// Half of a surrogate pair.
        case loneSurrogate
        /// A control character that is not escaped.
        case controlCharacter(UInt8)
        /// A string that is not UTF-8.
        case invalidUTF8
        /// A key that the object has already.
        case duplicateKey(String)
        /// Arrays and objects nested too deep.
        case tooDeep(limit: Int)
        /// More values than the reader allows.
        case tooManyValues(limit: Int)
        /// A comment that begins with `/*` and does not end.
        case unterminatedComment
    }

    /// What is wrong.
    package let problem: Problem
    /// Where, in bytes from the start of the text, counted from 0.
    public let offset: Int
    /// The line, counted from 1.
    public let line: Int
    /// The column in bytes, counted from 1.
    public let column: Int

    /// Makes an error at a place.
    package init(_ problem: Problem, offset: Int, line: Int, column: Int) {
        self.problem = problem
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// The place and the problem in words.
    public var description: String {
        "line \(line), column \(column) (byte \(offset)): \(Self.words(for: problem))"
    }

    private static func words(for problem: Problem) -> String {
        switch problem {
        case .unexpectedEnd: "the text ends too early"
        case .unexpected(let byte, let expected): "expected \(expected), got \(name(of: byte))"
        case .trailingContent: "something follows the value; remove it"
        case .malformedNumber: "a number is malformed; write it like 12, -3 or 1.5e-7"
        case .numberOutOfRange: "a number is too large or too long"
        case .malformedEscape: "unknown escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four digits"
        case .loneSurrogate: "half of a surrogate pair; write both halves"
        case .controlCharacter(let byte): "\(name(of: byte)) inside a string; escape it"
        case .invalidUTF8: "a string is not valid UTF-8; save the text as UTF-8"
        case .duplicateKey(let key): "duplicate key \(shortened(key)); keep one of them"
        case .tooDeep(let limit): "arrays and objects are nested deeper than \(limit)"
        case .tooManyValues(let limit): "more than \(limit) values"
        case .unterminatedComment: "a comment begins here and does not end; close it with */"
        }
    }

    private static func name(of byte: UInt8) -> String {
        switch byte {
        case 0x21...0x7E: "'\(Character(UnicodeScalar(byte)))'"
        case 0x20: "a space"
        case 0x0A: "a line break"
        default: "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// `name` in quotes for a message: control characters escaped, no longer than a line.
    package static func shortened(_ name: String) -> String {
        let limit = 100
        let scalars = name.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return JSONValue.quoted(name) }
        return JSONValue.quoted(String(scalars[..<end]) + "…")
    }
}
