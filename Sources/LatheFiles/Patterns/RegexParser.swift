/// Parses regular expressions as Python's `re` does, with its messages.
struct RegexParser {
    /// Groups within each other; beyond that, a parser that calls itself takes more stack than a thread has.
    private static let mostNesting = 50

    var cursor: RegexCursor
    /// Groups that are open, the whole expression being the first.
    private var depth = 0
    private var groupNames: Set<String> = []
    private var groupCount = 0

    init(_ source: String) { cursor = RegexCursor(source) }

    mutating func parse() throws(PythonRegexError) -> RegexNode {
        var flags = RegexFlags()
        let node = try alternatives(&flags, isFirst: true)
        if !cursor.isAtEnd { throw cursor.malformed("unbalanced parenthesis") }
        return node
    }

    /// Everything up to a closing parenthesis or the end. Flags that the expression begins with are put into `flags`.
    private mutating func alternatives(_ flags: inout RegexFlags, isFirst: Bool = false) throws(PythonRegexError)
        -> RegexNode
    {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.mostNesting + 1 { throw .nested }
        var branches: [RegexNode] = []
        repeat {
            branches.append(try sequence(&flags, isFirst: isFirst && branches.isEmpty))
        } while cursor.take("|")
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    /// Everything up to a vertical bar, a closing parenthesis or the end.
    private mutating func sequence(_ flags: inout RegexFlags, isFirst: Bool) throws(PythonRegexError) -> RegexNode {
        var parts: [RegexNode] = []
        while let next = cursor.peek, next != "|", next != ")" {
            let start = cursor.place
            cursor.advance()
            if flags.isVerbose, skipsBlank(next) { continue }
            switch next {
            case "\\": parts.append(try escape(flags))
            case "[": parts.append(try characterClass(flags, start))
            case ".":
                parts.append(
                    .set(flags.dotMatchesAll ? flags.set([.any]) : flags.set([.range(10...10)], isNegated: true)))
            case "^": parts.append(.position(flags.isMultiline ? .lineStart : .textStart))
            case "$": parts.append(.position(flags.isMultiline ? .lineEnd : .textEndOrLastLineFeed))
            case "(":
                if let group = try group(&flags, start, isFirst: isFirst && parts.isEmpty) { parts.append(group) }
            case "*", "+", "?", "{":
                guard let bounds = try repetitionBounds(next, start) else {
                    parts.append(.set(flags.literal(next)))
                    continue
                }
                try apply(bounds, to: &parts, start)
            default: parts.append(.set(flags.literal(next)))
            }
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// Whether `next` is passed over where white space and comments are.
    private mutating func skipsBlank(_ next: Unicode.Scalar) -> Bool {
        if next == "#" {
            while let scalar = cursor.peek, scalar != "\n" { cursor.advance() }
            return true
        }
        return (9...13).contains(next.value) || next == " "
    }

    // MARK: Repetitions

    /// The bounds of a repetition that begins with `first`; `nil` for a brace that is a literal.
    private mutating func repetitionBounds(_ first: Unicode.Scalar, _ start: Int) throws(PythonRegexError) -> (
        least: Int, most: Int?
    )? {
        switch first {
        case "*": return (0, nil)
        case "+": return (1, nil)
        case "?": return (0, 1)
        default: break
        }
        let place = cursor.place
        if cursor.peek == "}" { return nil }
        let least = cursor.takeDigits()
        let most = cursor.take(",") ? cursor.takeDigits() : least
        guard cursor.take("}") else {
            cursor.place = place
            return nil
        }
        func number(_ digits: String) throws(PythonRegexError) -> Int {
            guard let number = Int(digits), number < 1 << 32 else {
                throw cursor.malformed("the repetition number is too large", at: start)
            }
            return number
        }
        let lower = least.isEmpty ? 0 : try number(least)
        if most.isEmpty { return (lower, nil) }
        let upper = try number(most)
        if upper < lower { throw cursor.malformed("min repeat greater than max repeat", at: start + 1) }
        return (lower, upper)
    }

    private mutating func apply(_ bounds: (least: Int, most: Int?), to parts: inout [RegexNode], _ start: Int)
        throws(PythonRegexError)
    {
        switch parts.last {
        case nil, .position: throw cursor.malformed("nothing to repeat", at: start)
        case .repetition: throw cursor.malformed("multiple repeat", at: start)
        case .some(let body):
            let kind: RegexNode.RepetitionKind = cursor.take("?") ? .lazy : cursor.take("+") ? .possessive : .greedy
            parts[parts.count - 1] = .repetition(body, minimum: bounds.least, maximum: bounds.most, kind)
        }
    }

    // MARK: Groups

    /// The group behind an opening parenthesis at `start`; `nil` for a comment, and for flags of the whole expression.
    private mutating func group(_ flags: inout RegexFlags, _ start: Int, isFirst: Bool) throws(PythonRegexError)
        -> RegexNode?
    {
        guard cursor.take("?") else {
            groupCount += 1
            return try closed(flags, start)
        }
        guard let kind = cursor.next() else { throw cursor.malformed("unexpected end of pattern") }
        switch kind {
        case ":": return try closed(flags, start)
        case "P": return try namedGroup(flags, start)
        case ">": return .atomic(try closed(flags, start))
        case "=": return .lookahead(try closed(flags, start), isNegated: false)
        case "!": return .lookahead(try closed(flags, start), isNegated: true)
        case "<": return try lookbehind(flags, start)
        case "(": throw .unsupported("a conditional group (?(…)…)")
        case "#":
            while let scalar = cursor.next() {
                if scalar == ")" { return nil }
                if scalar == "\\" { cursor.advance() }
            }
            throw cursor.malformed("missing ), unterminated comment", at: start)
        case _ where kind == "-" || RegexFlags.letters.contains(kind):
            return try flagged(kind, &flags, start, isFirst: isFirst)
        default: throw cursor.malformed("unknown extension ?\(kind)", at: start + 1)
        }
    }

    /// The content of a group and its closing parenthesis. Flags that it sets end with it.
    private mutating func closed(_ flags: RegexFlags, _ start: Int) throws(PythonRegexError) -> RegexNode {
        var inner = flags
        let body = try alternatives(&inner)
        if !cursor.take(")") { throw cursor.malformed("missing ), unterminated subpattern", at: start) }
        // So that `(a*)*` is a repetition of a group, and `(^)*` one of a group too.
        return .sequence([body])
    }

    private mutating func namedGroup(_ flags: RegexFlags, _ start: Int) throws(PythonRegexError) -> RegexNode {
        if cursor.take("=") { throw .unsupported("a backreference (?P=…)") }
        guard cursor.take("<") else {
            throw cursor.malformed(
                cursor.peek.map { "unknown extension ?P\($0)" } ?? "unexpected end of pattern", at: start + 1)
        }
        var name = ""
        while let scalar = cursor.next(), scalar != ">" { name.unicodeScalars.append(scalar) }
        let isName = name.unicodeScalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
        guard isName, name.unicodeScalars.allSatisfy(\.properties.isXIDContinue) else {
            throw cursor.malformed(
                name.isEmpty ? "missing group name" : "bad character in group name '\(name)'", at: start + 4)
        }
        if !groupNames.insert(name).inserted {
            throw cursor.malformed("redefinition of group name '\(name)'", at: start + 4)
        }
        groupCount += 1
        return try closed(flags, start)
    }

    private mutating func lookbehind(_ flags: RegexFlags, _ start: Int) throws(PythonRegexError) -> RegexNode {
        let isNegated = cursor.peek == "!"
        guard isNegated || cursor.peek == "=" else {
            throw cursor.malformed(
                cursor.peek.map { "unknown extension ?<\($0)" } ?? "unexpected end of pattern", at: start + 1)
        }
        cursor.advance()
        let body = try closed(flags, start), width = body.width
        guard let most = width.most, most == width.least else {
            throw cursor.malformed("look-behind requires fixed-width pattern", at: start)
        }
        return .lookbehind(body, width: most, isNegated: isNegated)
    }

    /// `(?i)`, `(?i:…)`, `(?-i:…)`.
    private mutating func flagged(
        _ first: Unicode.Scalar, _ flags: inout RegexFlags, _ start: Int, isFirst: Bool
    ) throws(PythonRegexError) -> RegexNode? {
        var inner = flags, adds = true, added: Set<Unicode.Scalar> = []
        var next: Unicode.Scalar? = first
        while let letter = next, letter != ")", letter != ":" {
            if adds { added.insert(letter) }
            if letter == "-", adds {
                adds = false
            } else if !adds, added.contains(letter) {
                throw cursor.malformed("bad inline flags: flag turned on and off")
            } else if !inner.set(letter, to: adds) {
                throw cursor.malformed("unknown flag, or one that cannot stand there: \(letter)")
            }
            next = cursor.next()
        }
        switch next {
        case ":" where cursor.isBehind("-"): throw cursor.malformed("missing flag")
        case ":": return try closed(inner, start)
        case ")" where adds:
            if !isFirst { throw cursor.malformed("global flags not at the start of the expression", at: start) }
            flags = inner
            return nil
        case ")": throw cursor.malformed("missing :")
        default: throw cursor.malformed("missing -, : or )")
        }
    }

    /// Refuses `\1`.
    func backreference(_ number: Int, _ start: Int) -> PythonRegexError {
        number <= groupCount
            ? .unsupported("a backreference \\\(number)")
            : cursor.malformed("invalid group reference \(number)", at: start + 1)
    }
}
