/// A token that is found in the text itself, before the text is split into words.
package struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    package var content: String
    /// Its id.
    package var id: Int32
    /// Whether it counts only where no letter, digit or underscore stands beside it.
    package var singleWord = false
    /// Whether it takes the white space on its left with it.
    package var leftStrip = false
    /// Whether it takes the white space on its right with it.
    package var rightStrip = false
    /// Whether its normal form is looked for in the normalised text, rather than its content in the text as it is.
    package var isNormalized = false
    /// Whether decoding may leave it out.
    package var isSpecial = true

    /// Makes a special token that is looked for as it is.
    package init(_ content: String, id: Int32) {
        self.content = content
        self.id = id
    }
}

/// The added tokens of a tokenizer, and how they are found.
struct AddedVocabulary: Sendable {
    /// In the order of their ids.
    let tokens: [AddedToken]
    private let byID: [Int32: Int]
    private let byContent: ByteTrie
    private let plain: Matcher
    private let normalized: Matcher
    /// What decoding makes of the tokens that are normalised.
    private let normalForms: [Int32: String]
    private let specialTexts: Set<[UInt8]>

    /// Takes tokens with final ids; of two with one id the last counts.
    /// - Parameter splitsSpecialTokens: whether special tokens are not found in texts.
    init?(_ tokens: [AddedToken], normalizer: NormalizerChain, splitsSpecialTokens: Bool = false) {
        var latest: [Int32: AddedToken] = [:]
        for token in tokens { latest[token.id] = token }
        self.tokens = latest.values.sorted { $0.id < $1.id }
        var byID: [Int32: Int] = [:]
        var normalForms: [Int32: String] = [:]
        byContent = ByteTrie()
        plain = Matcher()
        normalized = Matcher()
        for (index, token) in self.tokens.enumerated() {
            byID[token.id] = index
            guard byContent.insert(token.content.utf8, value: token.id) else { return nil }
            let isFound = !(splitsSpecialTokens && token.isSpecial)
            if token.isNormalized {
                let form = normalizer.normalize(token.content)
                if !form.utf8.elementsEqual(token.content.utf8) { normalForms[token.id] = form }
                guard !isFound || normalized.insert(form, index: index) else { return nil }
            } else {
                guard !isFound || plain.insert(token.content, index: index) else { return nil }
            }
        }
        self.byID = byID
        self.normalForms = normalForms
        specialTexts = Set(tokens.filter(\.isSpecial).map { Array($0.content.utf8) })
    }

    func id(of content: String) -> Int32? {
        let id = byContent.value(of: content.utf8)
        return id < 0 ? nil : id
    }

    func token(for id: Int32) -> AddedToken? {
        byID[id].map { tokens[$0] }
    }

    /// What decoding puts for an added token.
    func decodedText(for id: Int32) -> String? {
        normalForms[id] ?? token(for: id)?.content
    }

    /// Whether decoding may leave out a token with this text.
    func isSpecial(_ text: String) -> Bool {
        !specialTexts.isEmpty && specialTexts.contains(Array(text.utf8))
    }

    var hasNormalized: Bool { !normalized.isEmpty }

    /// Calls `body` with the parts of a text in order: those between tokens, with nil, and tokens.
    ///
    /// Parts may overlap where a token takes white space that another one begins with, as in `tokenizers`.
    func split(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, normalized isNormalized: Bool,
        _ body: (Int, Int, AddedToken?) -> Void
    ) {
        let matcher = isNormalized ? normalized : plain
        var position = start
        var taken = start
        while let match = matcher.next(bytes, from: position, to: end) {
            position = match.end
            let token = tokens[match.index]
            var (first, last) = (match.start, match.end)
            if token.singleWord, !Self.isWord(bytes, first, last, within: start, end) { continue }
            if token.leftStrip {
                while first > start, Self.isSpace(ValidUTF8.scalar(bytes, before: first)) {
                    first -= 1
                    while bytes[first] & 0xC0 == 0x80 { first -= 1 }
                }
                first = max(first, taken)
            }
            if token.rightStrip {
                while last < end {
                    let (scalar, length) = ValidUTF8.scalar(bytes, at: last)
                    if !Self.isSpace(scalar) { break }
                    last += length
                }
            }
            if taken < first { body(taken, first, nil) }
            body(first, last, token)
            taken = last
        }
        if taken < end { body(taken, end, nil) }
    }

    private static func isSpace(_ scalar: UInt32) -> Bool {
        UnicodeData.shared.flags(of: scalar).contains(.whitespace)
    }

    /// Whether no word character stands before `first` or behind `last`.
    private static func isWord(
        _ bytes: UnsafePointer<UInt8>, _ first: Int, _ last: Int, within start: Int, _ end: Int
    ) -> Bool {
        let unicode = UnicodeData.shared
        if first > start, unicode.flags(of: ValidUTF8.scalar(bytes, before: first)).contains(.word) { return false }
        if last < end, unicode.flags(of: ValidUTF8.scalar(bytes, at: last).value).contains(.word) { return false }
        return true
    }
}

/// Finds the leftmost, and of those the longest, of some strings.
private final class Matcher: @unchecked Sendable {
    // Unchecked: it is changed only while it is built, before anyone else sees it.

    private let trie = ByteTrie()
    private var beginnings = [Bool](repeating: false, count: 256)
    private(set) var isEmpty = true

    /// Adds a string unless it is empty or there already; returns false when there is no room.
    func insert(_ string: String, index: Int) -> Bool {
        guard let first = string.utf8.first, trie.value(of: string.utf8) < 0 else { return true }
        beginnings[Int(first)] = true
        isEmpty = false
        return trie.insert(string.utf8, value: Int32(index))
    }

    func next(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> (start: Int, end: Int, index: Int)? {
        if isEmpty { return nil }
        return beginnings.withUnsafeBufferPointer { beginnings in
            for position in start..<end where beginnings[Int(bytes[position])] {
                if let match = trie.longestMatch(bytes, from: position, to: end) {
                    return (position, match.end, Int(match.value))
                }
            }
            return nil
        }
    }
}
