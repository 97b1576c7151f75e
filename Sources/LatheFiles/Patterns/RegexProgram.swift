/// A regular expression as instructions for `RegexMatcher`.
struct RegexProgram {
    enum Instruction {
        /// One code point of the set.
        case set(Int)
        case position(RegexPosition)
        /// Continues at the first, and where that fails at the second.
        case split(Int, Int)
        case jump(Int)
        /// Continues if the part that begins behind it matches from here, and at `next` then.
        case lookahead(isNegated: Bool, next: Int)
        /// As above, from `width` code points before.
        case lookbehind(width: Int, isNegated: Bool, next: Int)
        /// Continues at `next`, where the first match of the part that begins behind it ends.
        case atomic(next: Int)
        /// The end of the expression, or of a part.
        case match
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [RegexSet] = []

    /// - Throws: `PythonRegexError.large` beyond `PythonRegex.instructionLimit`.
    init(_ node: RegexNode) throws(PythonRegexError) {
        try add(node)
        try append(.match)
    }

    private mutating func append(_ instruction: Instruction) throws(PythonRegexError) {
        if instructions.count >= PythonRegex.instructionLimit { throw .large }
        instructions.append(instruction)
    }

    private mutating func add(_ node: RegexNode) throws(PythonRegexError) {
        switch node {
        case .set(let set):
            sets.append(set)
            try append(.set(sets.count - 1))
        case .position(let position): try append(.position(position))
        case .sequence(let parts): for part in parts { try add(part) }
        case .alternatives(let parts): try addAlternatives(parts)
        case .repetition(let body, let minimum, let maximum, .possessive):
            try addPart(.repetition(body, minimum: minimum, maximum: maximum, .greedy)) { .atomic(next: $0) }
        case .repetition(let body, let minimum, let maximum, let kind):
            try addRepetition(body, minimum, maximum, isLazy: kind == .lazy)
        case .lookahead(let body, let isNegated): try addPart(body) { .lookahead(isNegated: isNegated, next: $0) }
        case .lookbehind(let body, let width, let isNegated):
            try addPart(body) { .lookbehind(width: width, isNegated: isNegated, next: $0) }
        case .atomic(let body): try addPart(body) { .atomic(next: $0) }
        }
    }

    /// An instruction, the part that it runs, and what follows.
    private mutating func addPart(_ body: RegexNode, _ instruction: (_ next: Int) -> Instruction)
        throws(PythonRegexError)
    {
        let start = instructions.count
        try append(instruction(0))
        try add(body)
        try append(.match)
        instructions[start] = instruction(instructions.count)
    }

    private mutating func addAlternatives(_ parts: [RegexNode]) throws(PythonRegexError) {
        var exits: [Int] = []
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1, split = instructions.count
            if !isLast { try append(.split(split + 1, 0)) }
            try add(part)
            if isLast { break }
            exits.append(instructions.count)
            try append(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    private mutating func addRepetition(_ body: RegexNode, _ minimum: Int, _ maximum: Int?, isLazy: Bool)
        throws(PythonRegexError)
    {
        // A repeated part without instructions, such as `(?:){1000000000}`, would never reach the limit.
        let isEmpty = body.isEmpty
        for _ in 0..<(isEmpty ? 0 : minimum) { try add(body) }
        guard !isEmpty else { return }
        func split(_ body: Int, _ exit: Int) -> Instruction { isLazy ? .split(exit, body) : .split(body, exit) }
        guard let maximum else {
            let loop = instructions.count
            try append(.split(0, 0))
            try add(body)
            try append(.jump(loop))
            instructions[loop] = split(loop + 1, instructions.count)
            return
        }
        var splits: [Int] = []
        for _ in minimum..<max(maximum, minimum) {
            splits.append(instructions.count)
            try append(.split(0, 0))
            try add(body)
        }
        for place in splits { instructions[place] = split(place + 1, instructions.count) }
    }
}

extension RegexNode {
    /// Whether it compiles to nothing.
    fileprivate var isEmpty: Bool {
        switch self {
        case .sequence(let parts): parts.allSatisfy(\.isEmpty)
        case .alternatives(let parts): parts.count == 1 && parts[0].isEmpty
        case .repetition(let body, _, let maximum, let kind): kind != .possessive && (body.isEmpty || maximum == 0)
        default: false
        }
    }
}
