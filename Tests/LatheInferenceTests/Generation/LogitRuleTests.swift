import LatheTestModels
import Testing

@testable import LatheInference

/// What the logits processors of transformers 5.24 leave of six tokens with a logit of 1 each.
@Suite("Rules for the next token, as transformers applies them")
struct LogitRuleTests {
    private func allowed(_ text: String, after tokens: [Int32], promptCount: Int = 0, ends: Set<Int32> = []) throws
        -> [Int]
    {
        let models = try TinyModels()
        try models.file("m/generation_config.json", text)
        var logits = [Float](repeating: 1, count: 6)
        try GenerationSettings(directory: models.path("m")).apply(
            to: &logits, tokens: tokens, promptCount: promptCount, ends: ends)
        return logits.indices.filter { logits[$0] > -.infinity }
    }

    @Test(
        "A sequence of n tokens occurs once",
        arguments: [
            (2, [1, 2, 3, 1], [0, 1, 3, 4, 5]), (2, [1], [0, 1, 2, 3, 4, 5]), (1, [1, 2], [0, 3, 4, 5]),
            (3, [1, 2, 3, 1, 2], [0, 1, 2, 4, 5]),
            (3, [1, 2], [0, 1, 2, 3, 4, 5]), (2, [1, 1], [0, 2, 3, 4, 5]), (2, [1, 1, 1], [0, 2, 3, 4, 5]),
            (3, [1, 1, 1], [0, 2, 3, 4, 5]),
            (4, [1, 2, 3], [0, 1, 2, 3, 4, 5]), (3, [1, 2, 3, 1, 2, 4, 1, 2], [0, 1, 2, 5]),
        ] as [(Int, [Int32], [Int])])
    func uniqueSequences(_ count: Int, _ tokens: [Int32], _ expected: [Int]) throws {
        #expect(try allowed(#"{"no_repeat_ngram_size": \#(count)}"#, after: tokens) == expected)
    }

    @Test(
        "A forbidden word does not come to its end",
        arguments: [
            ("[[1, 2, 3]]", [1, 2], [0, 1, 2, 4, 5]), ("[[1, 2, 3]]", [0, 1, 2], [0, 1, 2, 4, 5]),
            ("[[1, 2]]", [1], [0, 1, 3, 4, 5]), ("[[4]]", [1], [0, 1, 2, 3, 5]),
            ("[[5], [4]]", [1], [0, 1, 2, 3, 5]), ("[[1, 2], [1, 3], [3, 1]]", [0, 1], [0, 1, 4, 5]),
            ("[[1, 1]]", [1, 1], [0, 2, 3, 4, 5]), ("[[1, 1, 1]]", [0, 1, 1], [0, 2, 3, 4, 5]),
            ("[[1, 2, 3]]", [2, 1], [0, 1, 2, 3, 4, 5]),
        ] as [(String, [Int32], [Int])])
    func forbiddenWords(_ words: String, _ tokens: [Int32], _ expected: [Int]) throws {
        #expect(try allowed(#"{"bad_words_ids": \#(words)}"#, after: tokens, ends: [5]) == expected)
    }

    @Test(
        "A penalty lowers the tokens of text and prompt, or raises them below 1",
        arguments: [
            (2, [1, -4, 3, 0]), (0.5, [4, -1, 3, 0]), (1.3, [1.5384616, -2.6, 3, 0]), (1, [2, -2, 3, 0]),
        ] as [(Double, [Float])])
    func penalty(_ penalty: Double, _ expected: [Float]) throws {
        let models = try TinyModels()
        try models.file("m/generation_config.json", #"{"repetition_penalty": \#(penalty)}"#)
        for promptCount in 0...3 {
            var logits: [Float] = [2, -2, 3, 0]
            try GenerationSettings(directory: models.path("m")).apply(
                to: &logits, tokens: [0, 1, 0], promptCount: promptCount, ends: [])
            #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(logits)")
        }
    }

    @Test(
        "Suppressed tokens are never chosen, those at first only there, and tokens that no model has are no matter",
        arguments: [
            (#"{"suppress_tokens": [0, 3]}"#, 1, [1, 2, 4, 5]), (#"{"suppress_tokens": [99]}"#, 1, [0, 1, 2, 3, 4, 5]),
            (#"{"begin_suppress_tokens": [1, 2]}"#, 2, [0, 3, 4, 5]),
            (#"{"begin_suppress_tokens": [1, 2]}"#, 1, [0, 1, 2, 3, 4, 5]),
            (#"{"suppress_tokens": [0], "begin_suppress_tokens": [0, 1]}"#, 2, [2, 3, 4, 5]),
            (#"{"suppress_tokens": null}"#, 2, [0, 1, 2, 3, 4, 5]),
            (#"{"suppress_tokens": []}"#, 2, [0, 1, 2, 3, 4, 5]),
        ] as [(String, Int, [Int])])
    func suppressed(_ text: String, _ promptCount: Int, _ expected: [Int]) throws {
        #expect(try allowed(text, after: [4, 4], promptCount: promptCount) == expected)
    }

    @Test("Rules go together")
    func together() throws {
        let text =
            #"{"no_repeat_ngram_size": 2, "bad_words_ids": [[1, 4]], "suppress_tokens": [0], "min_new_tokens": 5}"#
        #expect(try allowed(text, after: [1, 2, 3, 1], ends: [5]) == [1, 3])
    }
}
