extension RegexParser {
    /// What a backslash stands for outside a class.
    mutating func escape(_ flags: RegexFlags) throws(PythonRegexError) -> RegexNode {
        let start = cursor.place - 1
        guard let next = cursor.peek else { throw cursor.malformed("bad escape (end of pattern)", at: start) }
        if let category = category(next) {
            cursor.advance()
            return .set(flags.set([category]))
        }
        let position: RegexPosition? =
            switch next {
            case "A": .textStart
            case "Z": .textEnd
            case "b": .wordBoundary(isASCII: flags.isASCII)
            case "B": .noWordBoundary(isASCII: flags.isASCII)
            default: nil
            }
        if let position {
            cursor.advance()
            return .position(position)
        }
        if ("1"..."9").contains(next) { return .set(flags.literal(try octal(start))) }
        return .set(flags.literal(try character(start)))
    }

    /// A class in brackets, of which the first is passed.
    mutating func characterClass(_ flags: RegexFlags, _ start: Int) throws(PythonRegexError) -> RegexNode {
        let isNegated = cursor.take("^")
        var members: [RegexSet.Member] = []
        while true {
            guard let next = cursor.peek else { throw cursor.malformed("unterminated character set", at: start) }
            if next == "]", !members.isEmpty { break }
            let place = cursor.place, low = try classMember()
            guard cursor.take("-") else {
                members.append(low)
                continue
            }
            guard let behind = cursor.peek else { throw cursor.malformed("unterminated character set", at: start) }
            if behind == "]" {
                members += [low, .range(0x2D...0x2D)]
                break
            }
            guard case .range(let first) = low, case .range(let last) = try classMember(),
                first.lowerBound <= last.lowerBound
            else {
                throw cursor.malformed("bad character range", at: place)
            }
            members.append(.range(first.lowerBound...last.lowerBound))
        }
        cursor.advance()
        return .set(flags.set(members, isNegated: isNegated))
    }

    /// A character, as a range of one, or a category.
    private mutating func classMember() throws(PythonRegexError) -> RegexSet.Member {
        let start = cursor.place
        guard let scalar = cursor.next() else { throw cursor.malformed("unterminated character set", at: start) }
        guard scalar == "\\" else { return .range(scalar.value...scalar.value) }
        guard let next = cursor.peek else { throw cursor.malformed("bad escape (end of pattern)", at: start) }
        if let category = category(next) {
            cursor.advance()
            return category
        }
        let value: UInt32
        if next == "b" {
            cursor.advance()
            value = 8
        } else {
            value = try character(start).value
        }
        return .range(value...value)
    }

    private func category(_ letter: Unicode.Scalar) -> RegexSet.Member? {
        switch letter {
        case "d": .category(.digit, isNegated: false)
        case "D": .category(.digit, isNegated: true)
        case "s": .category(.space, isNegated: false)
        case "S": .category(.space, isNegated: true)
        case "w": .category(.word, isNegated: false)
        case "W": .category(.word, isNegated: true)
        default: nil
        }
    }

    /// The character that an escape at `start` names, whose backslash is passed.
    private mutating func character(_ start: Int) throws(PythonRegexError) -> Unicode.Scalar {
        guard let letter = cursor.next() else { throw cursor.malformed("bad escape (end of pattern)", at: start) }
        switch letter {
        case "a": return "\u{7}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "x": return try hexadecimal(2, start)
        case "u": return try hexadecimal(4, start)
        case "U": return try hexadecimal(8, start)
        case "N": throw .unsupported("a named character \\N{…}")
        case "0"..."7":
            let digits = String(letter) + cursor.take(atMost: 2) { ("0"..."7").contains($0) }
            return try scalar(
                UInt32(digits, radix: 8), most: 0o377, "octal escape value \\\(digits) outside of range 0-0o377", start)
        case _ where letter.isASCII && (letter.properties.isAlphabetic || ("0"..."9").contains(letter)):
            throw cursor.malformed("bad escape \\\(letter)", at: start)
        default: return letter
        }
    }

    /// Three octal digits, the first of them not 0; everything else with such a digit refers to a group.
    private mutating func octal(_ start: Int) throws(PythonRegexError) -> Unicode.Scalar {
        let place = cursor.place, digits = cursor.take(atMost: 3) { ("0"..."7").contains($0) }
        if digits.count == 3 {
            return try scalar(
                UInt32(digits, radix: 8), most: 0o377, "octal escape value \\\(digits) outside of range 0-0o377", start)
        }
        cursor.place = place
        let number = cursor.take(atMost: 2) { ("0"..."9").contains($0) }
        throw backreference(Int(number) ?? 0, start)
    }

    private mutating func hexadecimal(_ count: Int, _ start: Int) throws(PythonRegexError) -> Unicode.Scalar {
        let digits = cursor.take(atMost: count) { $0.properties.isASCIIHexDigit }
        if digits.count < count { throw cursor.malformed("incomplete escape", at: start) }
        return try scalar(UInt32(digits, radix: 16), most: 0x10FFFF, "bad escape", start)
    }

    private func scalar(_ value: UInt32?, most: UInt32, _ reason: String, _ start: Int) throws(PythonRegexError)
        -> Unicode.Scalar
    {
        guard let value, value <= most, let scalar = Unicode.Scalar(value) else {
            throw cursor.malformed(reason, at: start)
        }
        return scalar
    }
}
