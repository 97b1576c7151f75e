extension Tokenizer {
    /// The pairs of tokens that byte-pair encoding joins, in the order in which it does; nil for another kind of
    /// tokenizer.
    public var merges: [(left: String, right: String)]? {
        guard case .bpe(let model) = model else { return nil }
        return model.merges.pairs.compactMap { pair in
            guard let left = model.vocabulary.token(for: pair.left), let right = model.vocabulary.token(for: pair.right)
            else { return nil }
            return (left, right)
        }
    }

    /// Whether tokens are bytes of texts, written as letters: a space is `Ġ`.
    public var isByteLevel: Bool { preTokenizers.contains { if case .byteLevel = $0 { true } else { false } } }

    /// Whether texts are taken as they are, split as GPT-2's are, and spelt in bytes.
    public var splitsLikeGPT2: Bool { normalizer.isEmpty && preTokenizers == [.byteLevel(ByteLevel())] }
}
