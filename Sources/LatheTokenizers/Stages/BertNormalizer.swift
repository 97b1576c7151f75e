/// BERT's normalisation: clean the text, set Chinese characters apart, strip accents, lower the case.
struct BertNormalizer: Sendable, Equatable {
    var cleansText = true
    var separatesChinese = true
    var stripsAccents = true
    var lowercases = true

    /// Stands in ``asciiMap()`` for what is removed.
    private static let removed: UInt8 = 0xFF

    /// What becomes of each ASCII character.
    func asciiMap() -> [UInt8] {
        (UInt8(0)..<0x80).map { byte in
            let flags = UnicodeData.shared.flags(of: UInt32(byte))
            if cleansText {
                if flags.contains(.control) { return Self.removed }
                if flags.contains(.whitespace) { return 0x20 }
            }
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            return lowercases && isUpper ? byte + 0x20 : byte
        }
    }

    /// Normalises the end of `text`, beginning at its scalar `origin`, into `output`; returns the next scalar's number.
    func normalize(
        _ text: UnsafeBufferPointer<UInt8>, origin: Int32, asciiMap: UnsafePointer<UInt8>, scratch: inout ScalarText,
        into output: AlignedText
    ) -> Int32 {
        guard let bytes = text.baseAddress else { return origin }
        let unicode = UnicodeData.shared
        output.reserve(text.count)
        var next = origin
        var position = 0
        while position < text.count {
            let byte = bytes[position]
            if byte < 0x80 {
                // Room for all that is left was made at the start and after each run of other characters.
                let mapped = asciiMap[Int(byte)]
                if mapped != Self.removed { output.appendReserved(mapped, origin: next) }
                position += 1
                next += 1
                continue
            }
            scratch.removeAll()
            while position < text.count, bytes[position] >= 0x80 {
                let (scalar, length) = ValidUTF8.scalar(bytes, at: position)
                position += length
                if leavesAlone(scalar, unicode) {
                    // Marks do not move across it, so the run before it is complete.
                    if !scratch.isEmpty { flush(&scratch, unicode, into: output) }
                    output.append(scalar: scalar, origin: next)
                } else {
                    scratch.append(scalar, origin: next)
                }
                next += 1
            }
            if !scratch.isEmpty { flush(&scratch, unicode, into: output) }
            output.reserve(text.count - position)
        }
        return next
    }

    /// Normalises all of `text`, as when BERT's normaliser is one of several.
    func normalize(_ text: inout ScalarText, _ unicode: UnicodeData) {
        if cleansText {
            text.filter({ !unicode.flags(of: $0).contains(.control) }) {
                unicode.flags(of: $0).contains(.whitespace) ? 0x20 : $0
            }
        }
        if separatesChinese, text.scalars.contains(where: Self.isChinese) {
            text.expand { scalar, emit in
                if Self.isChinese(scalar) {
                    emit(0x20)
                    emit(scalar)
                    emit(0x20)
                } else {
                    emit(scalar)
                }
            }
        }
        if stripsAccents {
            text.decompose()
            text.filter { !unicode.flags(of: $0).contains(.nonspacingMark) }
        }
        if lowercases { text.lowercase() }
    }

    private func flush(_ scratch: inout ScalarText, _ unicode: UnicodeData, into output: AlignedText) {
        normalize(&scratch, unicode)
        for index in 0..<scratch.count { output.append(scalar: scratch.scalars[index], origin: scratch.origins[index]) }
        scratch.removeAll()
    }

    /// Whether no step changes a scalar beyond ASCII or moves marks across it.
    @inline(__always)
    private func leavesAlone(_ scalar: UInt32, _ unicode: UnicodeData) -> Bool {
        unicode.flags(of: scalar).isDisjoint(with: [.control, .whitespace, .nonspacingMark])
            && !unicode.canonical.changes(scalar) && unicode.combiningClass(of: scalar) == 0
            && !unicode.lowercase.changes(scalar) && !Self.isChinese(scalar) && !Hangul.isSyllable(scalar)
    }

    /// The blocks of CJK ideographs that BERT sets apart.
    @inline(__always)
    static func isChinese(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x3400: false
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
