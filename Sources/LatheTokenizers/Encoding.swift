/// A text, or a pair of texts, as tokens.
public struct Encoding: Sendable, Equatable {
    /// The tokens' ids.
    public internal(set) var ids: [Int32] = []
    /// 0 for tokens of the first text, 1 for those of the second where the model tells them apart.
    public internal(set) var typeIDs: [Int32] = []
    /// 1 for tokens, 0 for padding.
    public internal(set) var attentionMask: [Int32] = []
    /// 1 for tokens that the tokenizer put around the texts and for padding, 0 for those of the texts.
    public internal(set) var specialTokensMask: [Int32] = []
    /// The part of its text that each token stands for, in characters.
    ///
    /// Characters are Unicode scalars (code points), as in the Python package `tokenizers`; both texts of a pair are
    /// counted from 0. Tokens put around the texts, and padding, have `0..<0`. ``Tokenizer/text(of:in:)`` cuts the
    /// part out.
    public internal(set) var offsets: [Range<Int>] = []

    var names: TokenNames
    /// The texts of tokens that differ from their names.
    var texts: [Int: String] = [:]

    init(names: TokenNames) {
        self.names = names
    }

    /// The number of tokens.
    public var count: Int { ids.count }

    /// The tokens as text: as the vocabulary has them, and added tokens as they were found.
    /// - Complexity: linear in the number of tokens.
    public var tokens: [String] {
        ids.indices.map { texts[$0] ?? names.token(for: ids[$0]) ?? "" }
    }

    /// Compares everything but which tokenizer the encodings come from.
    public static func == (left: Encoding, right: Encoding) -> Bool {
        left.ids == right.ids && left.typeIDs == right.typeIDs && left.attentionMask == right.attentionMask
            && left.specialTokensMask == right.specialTokensMask && left.offsets == right.offsets
            && left.texts == right.texts
    }

    // MARK: Building

    mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        typeIDs.reserveCapacity(count)
        attentionMask.reserveCapacity(count)
        specialTokensMask.reserveCapacity(count)
        offsets.reserveCapacity(count)
    }

    /// Appends the tokens of a text.
    mutating func append(_ tokens: TokenList, typeID: Int32) {
        for (index, text) in tokens.texts { texts[count + index] = text }
        ids.append(contentsOf: tokens.ids)
        typeIDs.append(contentsOf: repeatElement(typeID, count: tokens.count))
        attentionMask.append(contentsOf: repeatElement(1, count: tokens.count))
        specialTokensMask.append(contentsOf: repeatElement(0, count: tokens.count))
        for index in 0..<tokens.count {
            let start = Int(tokens.starts[index])
            offsets.append(start..<max(start, Int(tokens.ends[index])))
        }
    }

    /// Appends a special token.
    mutating func appendSpecial(_ id: Int32, text: String, typeID: Int32) {
        appendText(text, of: id)
        ids.append(id)
        typeIDs.append(typeID)
        attentionMask.append(1)
        specialTokensMask.append(1)
        offsets.append(0..<0)
    }

    private mutating func appendText(_ text: String, of id: Int32) {
        if let name = names.token(for: id), name.utf8.elementsEqual(text.utf8) { return }
        texts[count] = text
    }

    /// Fills up to `length` tokens; a longer encoding stays as it is.
    mutating func pad(to length: Int, with token: PaddingToken, side: TokenizerOptions.Side) {
        let missing = length - count
        guard missing > 0 else { return }
        if side == .left, !texts.isEmpty {
            texts = Dictionary(uniqueKeysWithValues: texts.map { ($0 + missing, $1) })
        }
        let place = side == .left ? 0 : count
        if names.token(for: token.id) != token.text {
            for index in place..<(place + missing) { texts[index] = token.text }
        }
        ids.insert(contentsOf: repeatElement(token.id, count: missing), at: place)
        typeIDs.insert(contentsOf: repeatElement(token.typeID, count: missing), at: place)
        attentionMask.insert(contentsOf: repeatElement(0, count: missing), at: place)
        specialTokensMask.insert(contentsOf: repeatElement(1, count: missing), at: place)
        offsets.insert(contentsOf: repeatElement(0..<0, count: missing), at: place)
    }
}

/// What fills up the shorter texts of a batch.
struct PaddingToken: Sendable, Equatable {
    var id: Int32
    var text: String
    var typeID: Int32 = 0
}
