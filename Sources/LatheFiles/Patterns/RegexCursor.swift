/// A place in an expression that is parsed.
struct RegexCursor {
    private let scalars: [Unicode.Scalar]
    /// The number of code points before it.
    var place = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    var isAtEnd: Bool { place >= scalars.count }
    /// The next code point.
    var peek: Unicode.Scalar? { isAtEnd ? nil : scalars[place] }

    mutating func advance() { place += 1 }

    /// The next code point, which is passed.
    mutating func next() -> Unicode.Scalar? {
        defer { if !isAtEnd { place += 1 } }
        return peek
    }

    /// Whether `scalar` stands before what was passed last.
    func isBehind(_ scalar: Unicode.Scalar) -> Bool { place >= 2 && scalars[place - 2] == scalar }

    /// Passes `scalar` if it comes next.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        place += 1
        return true
    }

    /// Passes at most `limit` code points that satisfy a condition.
    mutating func take(atMost limit: Int, while isTaken: (Unicode.Scalar) -> Bool) -> String {
        var taken = ""
        while taken.unicodeScalars.count < limit, let scalar = peek, isTaken(scalar) {
            taken.unicodeScalars.append(scalar)
            place += 1
        }
        return taken
    }

    mutating func takeDigits() -> String { take(atMost: .max) { ("0"..."9").contains($0) } }

    /// An error with Python's wording.
    func malformed(_ reason: String, at place: Int? = nil) -> PythonRegexError {
        .malformed(reason: "\(reason) at position \(place ?? self.place)")
    }
}

/// The flags in force at a place of an expression.
struct RegexFlags {
    static let letters: Set<Unicode.Scalar> = ["a", "i", "L", "m", "s", "u", "x"]

    var isASCII = false
    var ignoresCase = false
    var isMultiline = false
    var dotMatchesAll = false
    var isVerbose = false

    /// Switches a flag.
    /// - Returns: false for a letter that is not a flag, or cannot be switched off.
    mutating func set(_ letter: Unicode.Scalar, to value: Bool) -> Bool {
        switch letter {
        case "i": ignoresCase = value
        case "m": isMultiline = value
        case "s": dotMatchesAll = value
        case "x": isVerbose = value
        case "a" where value: isASCII = true
        case "u" where value: isASCII = false
        default: return false
        }
        return true
    }

    func set(_ members: [RegexSet.Member], isNegated: Bool = false) -> RegexSet {
        RegexSet(members, isNegated: isNegated, isASCII: isASCII, ignoresCase: ignoresCase)
    }

    func literal(_ scalar: Unicode.Scalar) -> RegexSet { set([.range(scalar.value...scalar.value)]) }
}
