/// A passage cut before its last word, for LAMBADA: does a model foretell the word?
///
/// ```swift
/// let passage = LastWord(of: "He shouted for Gabriel")
/// passage?.context    // "He shouted for"
/// passage?.word       // " Gabriel", with the space that byte-pair tokenizers want
/// ```
/// Tokenise context and word on their own and join the tokens. Source: D. Paperno et al., "The LAMBADA dataset", 2016.
package struct LastWord: Equatable, Sendable {
    /// What stands before the last word, without the white space between.
    package let context: String
    /// The last word behind one space.
    package let word: String

    /// Cuts `passage` at its last white space (ASCII), that at the end left out; nil where there is no context.
    package init?(of passage: String) {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = passage.utf8
        guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return nil }
        let end = bytes.index(after: last)
        guard let space = bytes[..<end].lastIndex(where: isSpace),
            let contextLast = bytes[..<space].lastIndex(where: { !isSpace($0) })
        else { return nil }
        context = String(decoding: bytes[...contextLast], as: UTF8.self)
        word = " " + String(decoding: bytes[bytes.index(after: space)..<end], as: UTF8.self)
    }

    /// Whether all of the word's tokens are the model's first choice.
    ///
    /// - Parameters:
    ///   - tokens: context and word, `[count]`.
    ///   - wordTokenCount: how many of them, at the end, are the word's.
    ///   - choices: the token with the largest logit at each place, `[count]`; the one at `i` foretells token `i + 1`.
    /// - Precondition: `choices` has as many as `tokens`; the word has a token, and so has the context.
    package static func isForetold(tokens: [Int32], wordTokenCount: Int, choices: [Int32]) -> Bool {
        precondition(tokens.count == choices.count, "\(choices.count) choices for \(tokens.count) tokens")
        precondition(
            wordTokenCount > 0 && wordTokenCount < tokens.count, "a word of \(wordTokenCount) of \(tokens.count) tokens"
        )
        let first = tokens.count - wordTokenCount
        return (first..<tokens.count).allSatisfy { tokens[$0] == choices[$0 - 1] }
    }
}

/// Counts passages whose last word was foretold.
package struct LastWordStatistics: Equatable, Sendable {
    /// Passages counted.
    package private(set) var count = 0
    /// Those that were right.
    package private(set) var correctCount = 0

    /// Begins at nothing.
    package init() {}

    /// Counts a passage.
    package mutating func add(isCorrect: Bool) {
        count += 1
        correctCount += isCorrect ? 1 : 0
    }

    /// The share of passages that were right; 0 where there are none.
    package var accuracy: Double { count == 0 ? 0 : Double(correctCount) / Double(count) }
}
