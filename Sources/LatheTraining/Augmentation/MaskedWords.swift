import LatheModels

/// The words that a model predicts for masked ones.
struct MaskedWords {
    /// Masked sequences that go through the model at once.
    private static let batchSize = 32

    /// A sequence with a masked token.
    struct Question {
        let ids: [Int32]
        let types: [Int32]
        /// Where the masked token stands.
        let place: Int
        /// The word that stood there.
        let word: String
    }

    let model: any MaskedLanguageModel
    let words: WholeWords
    let count: Int

    /// The likeliest words for each question, likeliest first.
    func candidates(for questions: [Question]) -> [[String]] {
        var answers = [[String]](repeating: [], count: questions.count)
        // Similar lengths together, so that a batch's parts take equally long.
        let order = questions.indices.sorted { (questions[$0].ids.count, $1) > (questions[$1].ids.count, $0) }
        for start in stride(from: 0, to: order.count, by: Self.batchSize) {
            let batch = order[start..<min(start + Self.batchSize, order.count)].map { questions[$0] }
            let tokens = TokenBatch(joining: batch.map(\.ids), tokenTypes: batch.map(\.types))
            let logits = model.logits(tokens, at: batch.map(\.place)), width = logits.shape[1]
            let scores = logits.floatArray
            for (row, question) in batch.enumerated() {
                answers[order[start + row]] = words.best(count, without: question.word) {
                    scores[row * width + Int(words.ids[$0])]
                }
            }
        }
        return answers
    }
}
