import LatheModels
import LatheTensor
import LatheTokenizers

/// Measures language models.
package enum LanguageModelEvaluation {
    /// The label of a place whose prediction does not count.
    static let unscored: Int32 = -100

    /// The perplexity of `text` by overlapping windows (see `StridedWindows`). Runs as inference.
    /// - Parameters:
    ///   - model: what guesses.
    ///   - text: the tokens, one sequence.
    ///   - length: tokens in a window, at most as many as the model takes.
    ///   - stride: from one window to the next.
    ///   - report: hears how many tokens are scored.
    package static func perplexity(
        of model: some LanguageModel, on text: TokenStream, length: Int, stride: Int, report: (Int) -> Void = { _ in }
    ) -> Evaluation {
        var tally = PerplexityStatistics()
        withInference {
            for window in StridedWindows(tokenCount: text.count, length: length, stride: stride) {
                let ids = text[window.tokens], first = window.tokens.lowerBound
                // The prediction of token t stands at t - 1.
                let labels = window.tokens.map { window.scored.contains($0 + 1) ? ids[$0 + 1 - first] : unscored }
                let shape = [1, ids.count]
                let mean = model(TokenBatch(Tensor(ids, shape: shape))).crossEntropy(Tensor(labels, shape: shape))
                    .scalar
                tally.add(
                    negativeLogLikelihood: Double(mean) * Double(window.scored.count), tokenCount: window.scored.count)
                report(tally.tokenCount)
            }
        }
        return Evaluation(
            [
                .init("perplexity", tally.perplexity ?? .nan),
                .init("loss", tally.tokenCount == 0 ? .nan : tally.negativeLogLikelihood / Double(tally.tokenCount)),
            ], primary: "perplexity", isHigherBetter: false, exampleCount: tally.tokenCount)
    }

    /// The share of passages whose last word the model foretells, each of its tokens being the likeliest (LAMBADA; see
    /// `LastWord`). Runs as inference.
    /// - Parameters:
    ///   - model: what guesses.
    ///   - passages: texts of two words or more.
    ///   - tokenizer: the model's.
    ///   - file: what messages call them.
    ///   - report: hears how many passages are done.
    /// - Throws: `TaskError` for a passage without a last word, or one that is too long; `TokenizerError`.
    package static func lastWordAccuracy(
        of model: some LanguageModel, on passages: [String], tokenizer: Tokenizer, file: String,
        report: (Int) -> Void = { _ in }
    ) throws -> Evaluation {
        // All passages are looked at before the first is measured, which takes much longer.
        let texts = try passages.enumerated().map { index, passage in
            try tokens(of: passage, tokenizer, for: model) {
                TaskError.passage(file: file, number: index + 1, problem: $0)
            }
        }
        var tally = LastWordStatistics()
        withInference {
            for (index, text) in texts.enumerated() {
                let choices = model(TokenBatch(Tensor(text.tokens, shape: [1, text.tokens.count]))).argmax().int32Array
                tally.add(
                    isCorrect: LastWord.isForetold(
                        tokens: text.tokens, wordTokenCount: text.wordCount, choices: choices))
                report(index + 1)
            }
        }
        return Evaluation(
            [.share("accuracy", tally.accuracy, of: tally.count)], primary: "accuracy", exampleCount: tally.count)
    }
    /// The tokens of a passage, the last `wordCount` of which are its last word's.
    private static func tokens(
        of passage: String, _ tokenizer: Tokenizer, for model: some LanguageModel, problem: (String) -> TaskError
    ) throws -> (tokens: [Int32], wordCount: Int) {
        let options = TokenizerOptions(addSpecialTokens: false)
        guard let cut = LastWord(of: passage) else { throw problem("expected two words or more") }
        let word = try tokenizer.encode(cut.word, options: options).ids
        let tokens = try tokenizer.encode(cut.context, options: options).ids + word
        guard tokens.count <= model.longestSequence else {
            throw problem("\(tokens.count) tokens, and the model takes \(model.longestSequence)")
        }
        guard !word.isEmpty, tokens.count > word.count else { throw problem("expected a word behind a context") }
        try TokenStream(tokens, source: passage).check(for: model)
        return (tokens, word.count)
    }
}
