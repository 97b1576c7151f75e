import LatheTensor
import LatheTestModels
import Testing

@testable import LatheTasks

@Suite("Settings for generating text")
struct GenerationSettingsTests {
    /// The settings of a directory with these files.
    private func settings(_ generation: String?, config: String = "{}") throws -> GenerationSettings {
        let models = try TinyModels()
        try models.file("m/config.json", config)
        if let generation { try models.file("m/generation_config.json", generation) }
        return try GenerationSettings(directory: models.path("m"))
    }

    /// The tokens that remain possible, and their logits.
    private func allowed(_ settings: GenerationSettings, after tokens: [Int32], promptCount: Int = 0, ends: Set<Int32> = []) -> [Int] {
        var logits = [Float](repeating: 1, count: 6)
        settings.apply(to: &logits, tokens: tokens, promptCount: promptCount, ends: ends)
        return logits.indices.filter { logits[$0] > -.infinity }
    }

    @Test("Ends are a number or a list, of generation_config.json or else of config.json", arguments: [
        (#"{"eos_token_id": 5}"#, #"{"eos_token_id": 7}"#, [5]), (#"{"eos_token_id": [5, 0]}"#, "{}", [0, 5]), (nil, #"{"eos_token_id": 7}"#, [7]),
        ("{}", #"{"eos_token_id": [7]}"#, [7]), (#"{"eos_token_id": null}"#, "{}", nil), (nil, "{}", nil),
    ] as [(String?, String, [Int32]?)])
    func ends(_ generation: String?, _ config: String, _ expected: [Int32]?) throws {
        #expect(try settings(generation, config: config).ends == expected.map(Set.init))
    }

    @Test("A field of the wrong kind is an error that names it", arguments: [
        (#"{"eos_token_id": "a"}"#, "eos_token_id"), (#"{"repetition_penalty": 0}"#, "repetition_penalty"), (#"{"bad_words_ids": [["a"]]}"#, "bad_words_ids[0]"),
        (#"{"no_repeat_ngram_size": -1}"#, "no_repeat_ngram_size"),
    ])
    func mistakes(_ text: String, _ field: String) {
        let error = #expect(throws: (any Error).self) { try settings(text) }
        #expect(error.map { "\($0)".contains("generation_config.json: \(field)") } == true)
    }

    @Test("A repetition penalty divides positive logits and multiplies negative ones, once for each token")
    func penalty() throws {
        var logits: [Float] = [2, -2, 3]
        try settings(#"{"repetition_penalty": 2}"#).apply(to: &logits, tokens: [0, 1, 0], promptCount: 1, ends: [])
        #expect(logits == [1, -4, 3])
    }

    @Test("No sequence of the given length occurs twice")
    func sequences() throws {
        let two = try settings(#"{"no_repeat_ngram_size": 2}"#)
        #expect(allowed(two, after: [1, 2, 3, 1]) == [0, 1, 3, 4, 5])
        #expect(allowed(two, after: [1]) == [0, 1, 2, 3, 4, 5])
        #expect(allowed(try settings(#"{"no_repeat_ngram_size": 1}"#), after: [1, 2]) == [0, 3, 4, 5])
    }

    @Test("Forbidden words and suppressed tokens are not chosen")
    func forbidden() throws {
        let settings = try settings(#"{"bad_words_ids": [[4], [1, 2, 3], [5]], "suppress_tokens": [0], "begin_suppress_tokens": [1]}"#)
        #expect(allowed(settings, after: [1, 2], ends: [5]) == [1, 2, 5])
        #expect(allowed(settings, after: [2, 2], promptCount: 2) == [2, 3])
    }

    @Test("A text does not end before its least length")
    func least() throws {
        let settings = try settings(#"{"min_new_tokens": 2, "min_length": 3}"#)
        #expect(allowed(settings, after: [1, 1], promptCount: 0, ends: [5]) == [0, 1, 2, 3, 4])
        #expect(allowed(settings, after: [1, 1, 1], promptCount: 2, ends: [5]) == [0, 1, 2, 3, 4])
        #expect(allowed(settings, after: [1, 1, 1], promptCount: 1, ends: [5]) == [0, 1, 2, 3, 4, 5])
    }
}
