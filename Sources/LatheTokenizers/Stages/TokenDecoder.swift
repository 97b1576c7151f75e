/// How tokens become text again.
enum TokenDecoder: Sendable, Equatable {
    /// Tokens with a space between.
    case spaces
    /// Pieces with the prefix are joined to the token before; `cleansUp` takes out spaces before punctuation.
    case wordPiece(prefix: String, cleansUp: Bool)
    /// Characters become the bytes that they stand for.
    case byteLevel
    /// One that Lathe does not have, of this type: for a tokenizer that only encodes.
    case unsupported(String)

    /// A token as text.
    struct Token {
        let text: String
        /// Whether it is an added token, whose characters stand for themselves.
        let isAdded: Bool
    }

    func decode(_ tokens: [Token]) -> String {
        var bytes: [UInt8] = []
        switch self {
        case .spaces, .unsupported:
            for (index, token) in tokens.enumerated() {
                if index > 0 { bytes.append(0x20) }
                bytes.append(contentsOf: token.text.utf8)
            }
        case .wordPiece(let prefix, let cleansUp):
            for (index, token) in tokens.enumerated() {
                var piece = Array(token.text.utf8)
                if index > 0 {
                    if piece.starts(with: prefix.utf8) {
                        piece.removeFirst(prefix.utf8.count)
                    } else {
                        piece.insert(0x20, at: 0)
                    }
                }
                bytes.append(contentsOf: cleansUp ? Self.cleanedUp(piece) : piece)
            }
        case .byteLevel:
            for token in tokens {
                if token.isAdded {
                    bytes.append(contentsOf: token.text.utf8)
                } else {
                    Self.appendBytes(of: token.text, to: &bytes)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the bytes that a token's characters stand for, or its own where one stands for none.
    private static func appendBytes(of token: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        for scalar in token.unicodeScalars {
            let byte = scalar.value < 0x144 ? ByteLevel.bytes[Int(scalar.value)] : -1
            if byte < 0 {
                bytes.removeSubrange(start...)
                bytes.append(contentsOf: token.utf8)
                return
            }
            bytes.append(UInt8(byte))
        }
    }

    private static let cleanUps: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    private static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
        // Every pattern begins with a space and has something behind it.
        guard let space = text.firstIndex(of: 0x20), space + 1 < text.count else { return text }
        var text = text
        for (pattern, replacement) in cleanUps { text = replacing(pattern, by: replacement, in: text) }
        return text
    }

    private static func replacing(_ pattern: [UInt8], by replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        while position < text.count {
            if text[position] == pattern[0], text[position...].starts(with: pattern) {
                result.append(contentsOf: replacement)
                position += pattern.count
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }
}
