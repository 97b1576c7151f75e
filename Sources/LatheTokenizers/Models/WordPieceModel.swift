/// BERT's model: a word is cut into the longest pieces of the vocabulary, from the left.
struct WordPieceModel: Sendable {
    let vocabulary: Vocabulary
    private let unknown: Int32
    private let longestWord: Int
    /// Where the pieces behind a word's first one begin in the vocabulary's tree, if there are any.
    private let continuation: UInt32?

    /// - Parameters: unknown: the id of the token for words that cannot be cut; prefix: what marks pieces that do not
    ///   begin a word; longestWord: the length in characters from which words are unknown without trying.
    init(vocabulary: Vocabulary, unknown: Int32, prefix: String, longestWord: Int) {
        self.vocabulary = vocabulary
        self.unknown = unknown
        self.longestWord = longestWord
        continuation = vocabulary.trie.node(for: prefix.utf8)
    }

    /// The same model with another token for words that cannot be cut, and another mark of pieces that do not begin a
    /// word.
    func replacing(unknown: Int32, prefix: String) -> WordPieceModel {
        WordPieceModel(vocabulary: vocabulary, unknown: unknown, prefix: prefix, longestWord: longestWord)
    }

    /// Appends the tokens of a word, which must not be empty.
    func encode(_ text: AlignedText, _ word: TextPiece, into tokens: inout TokenList) {
        let bytes = UnsafePointer(text.bytes)
        if word.end - word.start > longestWord,
            ValidUTF8.scalarCount(bytes + word.start, count: word.end - word.start) > longestWord
        {
            tokens.append(unknown, text, from: word.start, to: word.end)
            return
        }
        let trie = vocabulary.trie
        let first = tokens.count
        var position = word.start
        var node: UInt32? = ByteTrie.root
        while position < word.end {
            guard let start = node,
                let match = trie.longestMatch(bytes, from: position, to: word.end, node: start)
            else {
                tokens.removeLast(tokens.count - first)
                tokens.append(unknown, text, from: word.start, to: word.end)
                return
            }
            tokens.append(match.value, text, from: position, to: match.end)
            position = match.end
            node = continuation
        }
    }
}

extension TokenList {
    /// Drops the last `count` tokens, none of which has a text of its own.
    mutating func removeLast(_ count: Int) {
        ids.removeLast(count)
        starts.removeLast(count)
        ends.removeLast(count)
    }
}
