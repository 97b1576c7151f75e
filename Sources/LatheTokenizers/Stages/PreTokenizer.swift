/// One step of splitting normalised text into words.
enum PreTokenizer: Sendable, Equatable {
    /// At white space, which is dropped, and around every punctuation mark.
    case bert
    /// `\w+|[^\w\s]+`
    case whitespace
    /// At white space, which is dropped.
    case whitespaceSplit
    /// GPT-2's splitting, and every byte as a visible character.
    case byteLevel(ByteLevel)

    /// Splits those of `pieces` that are text into smaller ones.
    func split(_ text: inout AlignedText, _ spare: inout AlignedText, _ pieces: inout [TextPiece]) {
        let splitter: (UnsafePointer<UInt8>, TextPiece, inout [TextPiece]) -> Void
        switch self {
        case .byteLevel(let stage):
            stage.split(&text, &spare, &pieces)
            return
        case .bert: splitter = Self.splitBert
        case .whitespace: splitter = Self.splitWords
        case .whitespaceSplit: splitter = Self.splitWhitespace
        }
        var parts: [TextPiece] = []
        parts.reserveCapacity(max(pieces.count, text.count / 4))
        for piece in pieces {
            if piece.isText {
                splitter(UnsafePointer(text.bytes), piece, &parts)
            } else {
                parts.append(piece)
            }
        }
        pieces = parts
    }

    private static func splitBert(_ bytes: UnsafePointer<UInt8>, _ piece: TextPiece, _ parts: inout [TextPiece]) {
        let classes = CharacterClasses.shared
        var start = piece.start
        var position = start
        while position < piece.end {
            let (flags, length) = classes.flags(bytes, at: position)
            if flags.isDisjoint(with: [.whitespace, .punctuation]) {
                position += length
                continue
            }
            if start < position { parts.append(TextPiece(start: start, end: position)) }
            if !flags.contains(.whitespace) { parts.append(TextPiece(start: position, end: position + length)) }
            position += length
            start = position
        }
        if start < position { parts.append(TextPiece(start: start, end: position)) }
    }

    private static func splitWhitespace(_ bytes: UnsafePointer<UInt8>, _ piece: TextPiece, _ parts: inout [TextPiece]) {
        let classes = CharacterClasses.shared
        var start = piece.start
        var position = start
        while position < piece.end {
            let (flags, length) = classes.flags(bytes, at: position)
            if flags.contains(.whitespace) {
                if start < position { parts.append(TextPiece(start: start, end: position)) }
                start = position + length
            }
            position += length
        }
        if start < position { parts.append(TextPiece(start: start, end: position)) }
    }

    private static func splitWords(_ bytes: UnsafePointer<UInt8>, _ piece: TextPiece, _ parts: inout [TextPiece]) {
        let classes = CharacterClasses.shared
        var position = piece.start
        while position < piece.end {
            let (first, length) = classes.flags(bytes, at: position)
            let start = position
            position += length
            if first.contains(.whitespace) { continue }
            while position < piece.end {
                let (flags, length) = classes.flags(bytes, at: position)
                if flags.contains(.whitespace) || flags.contains(.word) != first.contains(.word) { break }
                position += length
            }
            parts.append(TextPiece(start: start, end: position))
        }
    }
}

/// The flags of characters in UTF-8, with a short way for ASCII.
struct CharacterClasses: @unchecked Sendable {
    static let shared = CharacterClasses()

    private let ascii: UnsafePointer<UInt8>
    private let unicode = UnicodeData.shared

    private init() {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 0x80)
        for scalar in 0..<0x80 { table[scalar] = UnicodeData.shared.flags(of: UInt32(scalar)).rawValue }
        ascii = UnsafePointer(table)
    }

    /// The flags and the length in bytes of the scalar that begins at `position` of valid UTF-8.
    @inline(__always)
    func flags(_ bytes: UnsafePointer<UInt8>, at position: Int) -> (UnicodeData.Flags, Int) {
        let byte = bytes[position]
        if byte < 0x80 { return (UnicodeData.Flags(rawValue: ascii[Int(byte)]), 1) }
        let (scalar, length) = ValidUTF8.scalar(bytes, at: position)
        return (unicode.flags(of: scalar), length)
    }
}
