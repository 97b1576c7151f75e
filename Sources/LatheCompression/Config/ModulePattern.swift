import LatheTensor

/// A regular expression that is searched anywhere in a module's path, as Python's `re.search` does, or `*`, which stands for every module.
///
/// ```swift
/// try ModulePattern(#"layer\.\d+\.output"#).matches("bert.encoder.layer.3.output.dense")    // true
/// ```
public struct ModulePattern: Sendable, Hashable, CustomStringConvertible {
    /// Every module: upstream's default, which its own parser refuses as a regular expression.
    public static let everything = ModulePattern(source: "*", expression: nil)

    /// As the config writes it.
    public let source: String
    /// Nil for every module. It is safe to share: an expression made from text calls no code from outside, and is immutable.
    private nonisolated(unsafe) let expression: Regex<AnyRegexOutput>?

    /// - Throws: `ModulePatternError` for what is no regular expression.
    public init(_ source: String) throws(ModulePatternError) {
        if source == "*" {
            self = .everything
            return
        }
        if source.isEmpty { throw .empty }
        if source.utf8.count > Self.byteLimit { throw .long(byteCount: source.utf8.count, limit: Self.byteLimit) }
        if Self.nesting(of: source) > Self.mostNesting { throw .nested }
        do {
            // Python sees code points where Swift would see characters, and its words end at a full stop.
            self.init(source: source, expression: try Regex(source).matchingSemantics(.unicodeScalar).wordBoundaryKind(.simple))
        } catch {
            throw .malformed(source: source, reason: "\(error)")
        }
    }

    /// Names of hundreds of layers. Each byte of an expression takes a kilobyte of memory.
    private static let byteLimit = 16_384
    /// Beyond that, reading an expression takes more stack than a thread has.
    private static let mostNesting = 50

    /// How many groups and classes are open at most; closing ones only count where they can close something.
    private static func nesting(of source: String) -> Int {
        var depth = 0, most = 0, isEscaped = false
        for byte in source.utf8 {
            switch byte {
            case _ where isEscaped: break
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth = max(depth - 1, 0)
            default: break
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            most = max(most, depth)
        }
        return most
    }

    private init(source: String, expression: Regex<AnyRegexOutput>?) {
        (self.source, self.expression) = (source, expression)
    }

    /// Whether the pattern is found somewhere in `path`.
    public func matches(_ path: String) -> Bool {
        guard let expression else { return true }
        return path.firstMatch(of: expression) != nil
    }

    public static func == (left: Self, right: Self) -> Bool { left.source.utf8.elementsEqual(right.source.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    public var description: String { source }
}

/// Why a text is no pattern.
public enum ModulePatternError: Error, Equatable, CustomStringConvertible {
    case empty
    case long(byteCount: Int, limit: Int)
    /// Groups or classes within many others.
    case nested
    case malformed(source: String, reason: String)

    public var description: String {
        switch self {
        case .empty: "empty pattern; write \"*\" for every module"
        case .long(let byteCount, let limit): "has \(byteCount) bytes, and at most \(limit) are read; write several patterns"
        case .nested: "has more than fifty brackets within each other; write a plainer pattern"
        case .malformed(let source, let reason): "\(JSONValue.quoted(source)) is no regular expression (\(reason)); correct it"
        }
    }
}
