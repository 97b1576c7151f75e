/// A set of code points: a literal, `.`, `\d`, `[a-z_]`.
struct RegexSet {
    enum Member {
        case range(ClosedRange<UInt32>)
        case category(RegexCategory, isNegated: Bool)
        case any
    }

    var members: [Member]
    var isNegated = false
    /// Whether `\d`, `\s`, `\w` and the folding of cases mean ASCII only.
    var isASCII = false
    var ignoresCase = false

    init(_ members: [Member], isNegated: Bool = false, isASCII: Bool = false, ignoresCase: Bool = false) {
        (self.members, self.isNegated, self.isASCII, self.ignoresCase) = (members, isNegated, isASCII, ignoresCase)
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let holds = holds(scalar) || ignoresCase && scalar.otherCases(isASCII: isASCII).contains(where: holds)
        return holds != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        members.contains { member in
            switch member {
            case .range(let range): range.contains(scalar.value)
            case .category(let category, let isNegated): category.contains(scalar, isASCII: isASCII) != isNegated
            case .any: true
            }
        }
    }
}

/// `\d`, `\s`, `\w` as Python defines them.
enum RegexCategory {
    case digit, space, word

    func contains(_ scalar: Unicode.Scalar, isASCII: Bool) -> Bool {
        if isASCII, !scalar.isASCII { return false }
        switch self {
        case .digit: return scalar.properties.generalCategory == .decimalNumber
        case .space: return isASCII ? (9...13).contains(scalar.value) || scalar == " " : Self.isSpace(scalar)
        case .word: return scalar == "_" || scalar.properties.numericType != nil || Self.isLetter(scalar)
        }
    }

    /// `str.isspace`.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x1F, 0x85, 0x2028, 0x2029: true
        default: scalar.properties.generalCategory == .spaceSeparator
        }
    }

    /// `str.isalpha`.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// The same letter in other cases.
    fileprivate func otherCases(isASCII: Bool) -> [Unicode.Scalar] {
        if isASCII, !self.isASCII { return [] }
        return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { text in
            text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
        }
    }
}
