import LatheTokenizers

/// Turns tokens into text as they come. A character whose bytes are spread over several tokens is held back until it is
/// complete.
struct StreamedText {
    /// All that was handed out.
    private(set) var text = ""
    private let tokenizer: Tokenizer
    /// Tokens since the last place where a character ended, and what was handed out of them.
    private var tokens: [Int32] = []
    private var shown = ""

    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// The text that `token` completes; nil if it completes none.
    mutating func append(_ token: Int32) -> String? {
        tokens.append(token)
        let decoded = tokenizer.decode(tokens)
        // The replacement character at the end stands for bytes that wait for others.
        return decoded.unicodeScalars.last == "\u{FFFD}" ? nil : show(decoded)
    }

    /// What was held back at the end of the text.
    mutating func finish() -> String? { show(tokenizer.decode(tokens)) }

    private mutating func show(_ decoded: String) -> String? {
        guard decoded.utf8.count > shown.utf8.count else { return nil }
        let piece = String(decoding: decoded.utf8.dropFirst(shown.utf8.count), as: UTF8.self)
        text += piece
        shown = decoded
        restart()
        return piece
    }

    /// Forgets all but the last tokens, so that a long text does not take longer and longer: what they decode to is
    /// taken back from the next piece.
    private mutating func restart() {
        guard tokens.count > 64 else { return }
        tokens = Array(tokens.suffix(8))
        shown = tokenizer.decode(tokens)
    }
}
