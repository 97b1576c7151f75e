import LatheTokenizers

/// The entries of a vocabulary that are words of letters, and not pieces of words, punctuation or special tokens.
struct WholeWords {
    /// The words' ids, ascending.
    let ids: [Int32]
    /// Their texts.
    let texts: [String]

    /// - Parameter rows: the ids that the model knows.
    init(_ tokenizer: Tokenizer, rows: Int) {
        let isByteLevel = tokenizer.isByteLevel
        var ids: [Int32] = [], texts: [String] = []
        for id in 0..<Int32(rows) {
            guard let token = tokenizer.token(for: id) else { continue }
            // In a byte-level vocabulary a word begins with the space before it; in BERT's, what continues a word
            // begins with a mark, which is not a letter.
            if isByteLevel, !token.hasPrefix("Ġ") { continue }
            let text = isByteLevel ? String(token.dropFirst()) : token
            if text.isLetters {
                ids.append(id)
                texts.append(text)
            }
        }
        (self.ids, self.texts) = (ids, texts)
    }

    /// The `count` words with the highest scores, best first and the first of equal ones, without `word` itself.
    /// - Parameter score: the score of the word at a place in `ids`.
    func best(_ count: Int, without word: String, score: (Int) -> Float) -> [String] {
        let own = word.lowercased()
        var best: [(score: Float, place: Int)] = []
        for place in ids.indices {
            let score = score(place)
            if score.isNaN || best.count == count && score <= best[count - 1].score { continue }
            if texts[place].lowercased() == own { continue }
            if best.count == count { best.removeLast() }
            best.insert((score, place), at: best.firstIndex { $0.score < score } ?? best.count)
        }
        return best.map { texts[$0.place] }
    }
}
