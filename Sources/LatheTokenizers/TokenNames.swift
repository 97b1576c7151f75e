/// The texts of all tokens of a tokenizer.
struct TokenNames: Sendable {
    let vocabulary: Vocabulary
    let added: AddedVocabulary
    /// For ids from 0 on, the number of characters for white space at the start and the end of a token.
    private let spaceCounts: [SIMD2<UInt8>]

    /// Stands in ``spaceCounts`` for more than fits there.
    private static let many: UInt8 = 255

    init(vocabulary: Vocabulary, added: AddedVocabulary) {
        self.vocabulary = vocabulary
        self.added = added
        // Ids are dense in every real vocabulary; those of another one are looked at when they are met.
        let tabulated = min(Int(vocabulary.largestID) + 1, 2 * vocabulary.count)
        spaceCounts = (0..<tabulated).map { id in
            guard added.token(for: Int32(id)) == nil, let token = vocabulary.token(for: Int32(id)) else {
                return SIMD2(Self.many, Self.many)
            }
            let (leading, trailing) = Self.spaces(in: token)
            return SIMD2(UInt8(clamping: leading), UInt8(clamping: trailing))
        }
    }

    func token(for id: Int32) -> String? {
        added.token(for: id)?.content ?? vocabulary.token(for: id)
    }

    /// Adds an added token that was found in `text`, which may differ from its name.
    func append(_ piece: TextPiece, of text: AlignedText, to tokens: inout TokenList) {
        let found = UnsafeBufferPointer(start: text.bytes + piece.start, count: piece.end - piece.start)
        if token(for: piece.token).map({ !$0.utf8.elementsEqual(found) }) ?? true {
            tokens.texts[tokens.count] = text.string(from: piece.start, to: piece.end)
        }
        tokens.append(piece.token, text, from: piece.start, to: piece.end)
    }

    // MARK: White space

    /// The number of characters for white space at both ends of the token at `index`.
    @inline(__always)
    func spaces(at index: Int, of tokens: TokenList) -> (leading: Int32, trailing: Int32) {
        let id = Int(tokens.ids[index])
        if id < spaceCounts.count {
            let counts = spaceCounts[id]
            if counts.x < Self.many, counts.y < Self.many { return (Int32(counts.x), Int32(counts.y)) }
        }
        return (tokens.texts[index] ?? token(for: tokens.ids[index])).map(Self.spaces) ?? (0, 0)
    }

    private static func spaces(in text: String) -> (leading: Int32, trailing: Int32) {
        let isSpace = { (scalar: UnicodeScalar) in
            // Ġ stands for a space.
            scalar == "\u{120}" || UnicodeData.shared.flags(of: scalar.value).contains(.whitespace)
        }
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last, isSpace(first) || isSpace(last) else { return (0, 0) }
        return (Int32(scalars.prefix(while: isSpace).count), Int32(scalars.reversed().prefix(while: isSpace).count))
    }
}
