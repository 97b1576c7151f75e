import Foundation
import LatheTraining
import Testing

@Suite("Perplexity and last words")
struct LanguageModelMetricsTests {
    @Test("Perplexity of summed log-likelihoods")
    func perplexity() {
        var tally = PerplexityStatistics()
        #expect(tally.perplexity == nil)
        tally.add(negativeLogLikelihood: 3 * log(10), tokenCount: 3)
        tally.add(negativeLogLikelihood: 1 * log(1_000), tokenCount: 1)
        #expect(abs((tally.perplexity ?? 0) - exp(1.5 * log(10))) < 1e-12)
        tally.add(negativeLogLikelihood: 1e6, tokenCount: 0)
        #expect(tally.perplexity == .infinity)
    }

    @Test("Windows as in the guide: begin, end and number of scored tokens")
    func guide() {
        // The guide's loop with max_length 6, stride 3, seq_len 10 gives (begin, end, trg_len):
        // (0, 6, 6), (3, 9, 3), (6, 10, 1); the shift inside the model drops the first token of the first window.
        let windows = Array(StridedWindows(tokenCount: 10, length: 6, stride: 3))
        #expect(
            windows == [
                .init(tokens: 0..<6, scored: 1..<6), .init(tokens: 3..<9, scored: 6..<9),
                .init(tokens: 6..<10, scored: 9..<10),
            ])
    }

    @Test("Each token but the first is scored once, with its context in the window", arguments: [2, 3, 5, 8])
    func coverage(length: Int) {
        for stride in 1...length {
            for count in 0..<40 {
                let windows = Array(StridedWindows(tokenCount: count, length: length, stride: stride))
                #expect(windows.flatMap { Array($0.scored) } == Array(1..<max(1, count)))
                for window in windows {
                    #expect(window.tokens.count <= length && window.tokens.upperBound == window.scored.upperBound)
                    #expect(window.tokens.lowerBound < window.scored.lowerBound)
                    // All but the last window are full, and only the stride takes context away.
                    let context = window.scored.lowerBound - window.tokens.lowerBound
                    #expect(window.tokens.lowerBound == 0 || context == length - min(stride, length - 1))
                }
            }
        }
    }

    @Test("A passage is cut before its last word")
    func lastWord() {
        let passage = LastWord(of: "He shouted  \"for Gabriel's\"\u{2014}and left \n")
        #expect(passage?.context == "He shouted  \"for Gabriel's\"\u{2014}and")
        #expect(passage?.word == " left")
        #expect(LastWord(of: "a\tcafé")?.word == " café")
        #expect(LastWord(of: "a \n b")?.context == "a")
        for text in ["", " ", "word", "  word  ", "\n"] { #expect(LastWord(of: text) == nil) }
    }

    @Test("A word counts when all of its tokens are the first choice")
    func foretold() {
        let tokens: [Int32] = [5, 6, 7, 8]
        #expect(LastWord.isForetold(tokens: tokens, wordTokenCount: 2, choices: [0, 7, 8, 0]))
        #expect(LastWord.isForetold(tokens: tokens, wordTokenCount: 3, choices: [6, 7, 8, 9]))
        #expect(!LastWord.isForetold(tokens: tokens, wordTokenCount: 2, choices: [0, 7, 9, 0]))
        #expect(!LastWord.isForetold(tokens: tokens, wordTokenCount: 2, choices: [0, 0, 8, 0]))
        var tally = LastWordStatistics()
        #expect(tally.accuracy == 0)
        tally.add(isCorrect: true)
        tally.add(isCorrect: false)
        #expect(tally.accuracy == 0.5)
        #expect(tally.count == 2)
    }
}
