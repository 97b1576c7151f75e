/// GPT-2's splitting into words with their leading space, whose bytes then become visible characters.
///
/// The words are the matches of
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, found by hand.
struct ByteLevel: Sendable, Equatable {
    /// Puts a space before text that does not begin with one.
    var addsPrefixSpace = false
    /// Splits by the pattern; without it a text stays whole.
    var usesPattern = true

    /// Splits those of `pieces` that are text, and turns their bytes into characters.
    func split(_ text: inout AlignedText, _ spare: inout AlignedText, _ pieces: inout [TextPiece]) {
        if addsPrefixSpace { addPrefixSpaces(&text, &spare, &pieces) }
        spare.removeAll()
        // A byte becomes two at most.
        spare.reserve(2 * text.count)
        var parts: [TextPiece] = []
        parts.reserveCapacity(max(pieces.count, text.count / 4))
        for piece in pieces {
            if !piece.isText {
                let start = spare.count
                spare.append(text, from: piece.start, to: piece.end)
                parts.append(TextPiece(start: start, end: spare.count, token: piece.token))
                continue
            }
            var position = piece.start
            while position < piece.end {
                let end = usesPattern ? Self.wordEnd(text.bytes, from: position, to: piece.end) : piece.end
                let start = spare.count
                Self.appendVisible(text, from: position, to: end, into: spare)
                parts.append(TextPiece(start: start, end: spare.count))
                position = end
            }
        }
        pieces = parts
        swap(&text, &spare)
    }

    private func addPrefixSpaces(_ text: inout AlignedText, _ spare: inout AlignedText, _ pieces: inout [TextPiece]) {
        spare.removeAll()
        for index in pieces.indices {
            let piece = pieces[index]
            let start = spare.count
            if piece.isText, piece.start < piece.end, text.bytes[piece.start] != 0x20 {
                spare.append(scalar: 0x20, origin: text.origins[piece.start])
            }
            spare.append(text, from: piece.start, to: piece.end)
            pieces[index] = TextPiece(start: start, end: spare.count, token: piece.token)
        }
        swap(&text, &spare)
    }

    // MARK: Words

    /// The end of the word that begins at `start`, which is before `end`.
    private static func wordEnd(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let classes = CharacterClasses.shared
        let first = bytes[start]
        if first == UInt8(ascii: "'"), let contraction = contractionEnd(bytes, from: start, to: end) {
            return contraction
        }
        var position = start
        if first == 0x20, start + 1 < end { position = start + 1 }
        let (flags, length) = classes.flags(bytes, at: position)
        if !flags.contains(.whitespace) {
            // A run of letters, of numbers, or of neither.
            let kind = flags.intersection([.letter, .number])
            position += length
            while position < end {
                let (flags, length) = classes.flags(bytes, at: position)
                if flags.intersection([.letter, .number, .whitespace]) != kind { break }
                position += length
            }
            return position
        }
        // White space: all of it at the end of the text, else all but the last character, which goes to the next word
        // if it is a space and stands alone if not.
        position = start
        var last = start
        while position < end {
            let (flags, length) = classes.flags(bytes, at: position)
            if !flags.contains(.whitespace) { break }
            last = position
            position += length
        }
        return position == end || last == start ? position : last
    }

    /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`, or nil.
    private static func contractionEnd(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int? {
        guard start + 1 < end else { return nil }
        switch bytes[start + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        default: break
        }
        guard start + 2 < end else { return nil }
        switch (bytes[start + 1], bytes[start + 2]) {
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default: return nil
        }
    }

    // MARK: Bytes and characters

    /// The character that stands for each byte: itself where it is visible in Latin-1, else one from U+0100 on.
    static let characters: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<0x100).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                next += 1
                return next - 1
            }
        }
    }()

    /// The byte that each character below U+0144 stands for, or -1.
    static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, character) in characters.enumerated() { bytes[Int(character)] = Int16(byte) }
        return bytes
    }()

    /// The characters in UTF-8: the first byte, and the second or 0.
    private static let visible: [SIMD2<UInt8>] = characters.map { character in
        character < 0x80
            ? SIMD2(UInt8(character), 0) : SIMD2(UInt8(0xC0 | character >> 6), UInt8(0x80 | character & 0x3F))
    }

    /// Appends the characters for some bytes; there must be room for twice their number.
    private static func appendVisible(_ text: AlignedText, from start: Int, to end: Int, into output: AlignedText) {
        visible.withUnsafeBufferPointer { visible in
            for position in start..<end {
                let encoded = visible[Int(text.bytes[position])]
                let origin = text.origins[position]
                output.appendReserved(encoded.x, origin: origin)
                if encoded.y != 0 { output.appendReserved(encoded.y, origin: origin) }
            }
        }
    }
}
