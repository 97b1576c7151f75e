/// Runs a compiled regular expression on a text, trying alternatives in Python's order.
///
/// Whether the rest of an expression matches at a place does not depend on how the place was reached, since there are
/// no backreferences. So no instruction is tried twice at a place, and the results of lookarounds and atomic groups are
/// kept.
struct RegexMatcher {
    private let program: RegexProgram
    private let text: [Unicode.Scalar]
    /// For an instruction that runs a part, and the place where the part began, the end of its first match; -1 for
    /// none.
    private var partEnds: [Pair: Int] = [:]

    /// An instruction at a place of the text.
    private struct Pair: Hashable {
        let instruction: Int
        let place: Int
    }

    init(_ program: RegexProgram, _ text: String) {
        self.program = program
        self.text = Array(text.unicodeScalars)
    }

    /// Whether the expression matches somewhere.
    mutating func search() -> Bool {
        var visited = Visited(0..<program.instructions.count, text.count)
        for start in 0...text.count where firstEnd(from: 0, at: start, &visited) != nil { return true }
        return false
    }

    /// Whether the expression matches at the start.
    mutating func matchesStart() -> Bool {
        var visited = Visited(0..<program.instructions.count, text.count)
        return firstEnd(from: 0, at: 0, &visited) != nil
    }

    /// The place where the first match ends of the part whose instructions begin at `instruction`; `nil` for none.
    private mutating func firstEnd(from instruction: Int, at place: Int, _ visited: inout Visited) -> Int? {
        var open = [Pair(instruction: instruction, place: place)]
        while let pair = open.popLast() {
            var (instruction, place) = (pair.instruction, pair.place)
            // What does not match changes neither, so that the loop ends.
            while visited.insert(instruction, place) {
                switch program.instructions[instruction] {
                case .match: return place
                case .set(let set):
                    if place < text.count, program.sets[set].contains(text[place]) {
                        (instruction, place) = (instruction + 1, place + 1)
                    }
                case .position(let position):
                    if holds(position, at: place) { instruction += 1 }
                case .split(let first, let second):
                    open.append(Pair(instruction: second, place: place))
                    instruction = first
                case .jump(let next): instruction = next
                case .lookahead(let isNegated, let next):
                    if (partEnd(instruction, next, place) != nil) != isNegated { instruction = next }
                case .lookbehind(let width, let isNegated, let next):
                    if (place >= width && partEnd(instruction, next, place - width) != nil) != isNegated {
                        instruction = next
                    }
                case .atomic(let next):
                    if let end = partEnd(instruction, next, place) { (instruction, place) = (next, end) }
                }
            }
        }
        return nil
    }

    /// The end of the first match of the part that `instruction` runs, which `next` follows.
    private mutating func partEnd(_ instruction: Int, _ next: Int, _ place: Int) -> Int? {
        let key = Pair(instruction: instruction, place: place)
        if let end = partEnds[key] { return end >= 0 ? end : nil }
        var visited = Visited(instruction + 1..<next, text.count)
        let end = firstEnd(from: instruction + 1, at: place, &visited)
        partEnds[key] = end ?? -1
        return end
    }

    private func holds(_ position: RegexPosition, at place: Int) -> Bool {
        switch position {
        case .textStart: place == 0
        case .textEnd: place == text.count
        case .textEndOrLastLineFeed: place == text.count || place == text.count - 1 && text[place] == "\n"
        case .lineStart: place == 0 || text[place - 1] == "\n"
        case .lineEnd: place == text.count || text[place] == "\n"
        case .wordBoundary(let isASCII): isWord(place - 1, isASCII) != isWord(place, isASCII)
        // In an empty text, Python has no boundaries and no places without.
        case .noWordBoundary(let isASCII): !text.isEmpty && isWord(place - 1, isASCII) == isWord(place, isASCII)
        }
    }

    private func isWord(_ place: Int, _ isASCII: Bool) -> Bool {
        text.indices.contains(place) && RegexCategory.word.contains(text[place], isASCII: isASCII)
    }
}

/// The instructions that have been tried at places of a text.
private struct Visited {
    private let first: Int
    private let placeCount: Int
    private var bits: [UInt64]

    init(_ instructions: Range<Int>, _ textLength: Int) {
        (first, placeCount) = (instructions.lowerBound, textLength + 1)
        bits = [UInt64](repeating: 0, count: (instructions.count * placeCount + 63) / 64)
    }

    /// Whether this is the first time.
    mutating func insert(_ instruction: Int, _ place: Int) -> Bool {
        let number = (instruction - first) * placeCount + place, bit: UInt64 = 1 << (number % 64)
        if bits[number / 64] & bit != 0 { return false }
        bits[number / 64] |= bit
        return true
    }
}
