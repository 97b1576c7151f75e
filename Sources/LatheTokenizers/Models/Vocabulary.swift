/// The tokens of a model with their ids; strings are compared byte by byte.
final class Vocabulary: Sendable {
    let trie: ByteTrie
    let count: Int
    private let tokens: [Int32: String]

    /// Takes tokens with their ids, or returns nil when they are too many to hold.
    ///
    /// Of two ids for one token the last counts.
    init?(_ entries: [(token: String, id: Int32)]) {
        let trie = ByteTrie()
        var tokens: [Int32: String] = [:]
        tokens.reserveCapacity(entries.count)
        for entry in entries {
            let previous = trie.value(of: entry.token.utf8)
            if previous >= 0 { tokens[previous] = nil }
            guard trie.insert(entry.token.utf8, value: entry.id) else { return nil }
            tokens[entry.id] = entry.token
        }
        self.trie = trie
        self.tokens = tokens
        count = tokens.count
    }

    func id(of token: String) -> Int32? {
        let id = trie.value(of: token.utf8)
        return id < 0 ? nil : id
    }

    func token(for id: Int32) -> String? {
        tokens[id]
    }

    /// The largest id, or -1.
    var largestID: Int32 {
        tokens.keys.max() ?? -1
    }
}
