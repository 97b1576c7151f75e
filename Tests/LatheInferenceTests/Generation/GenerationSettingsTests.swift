import LatheModels
import LatheTestModels
import Testing

@testable import LatheInference

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
    private func allowed(
        _ settings: GenerationSettings, after tokens: [Int32], promptCount: Int = 0, ends: Set<Int32> = []
    ) -> [Int] {
        var logits = [Float](repeating: 1, count: 6)
        settings.apply(to: &logits, tokens: tokens, promptCount: promptCount, ends: ends)
        return logits.indices.filter { logits[$0] > -.infinity }
    }

    @Test(
        "Ends are a number or a list, of generation_config.json or, where there is no such file, of config.json",
        arguments: [
            (#"{"eos_token_id": 5}"#, #"{"eos_token_id": 7}"#, [5]), (#"{"eos_token_id": [5, 0]}"#, "{}", [0, 5]),
            (nil, #"{"eos_token_id": 7}"#, [7]),
            ("{}", #"{"eos_token_id": [7]}"#, []), (#"{"eos_token_id": null}"#, "{}", []), (nil, "{}", nil),
            (nil, #"{"eos_token_id": null}"#, []),
        ] as [(String?, String, [Int32]?)])
    func ends(_ generation: String?, _ config: String, _ expected: [Int32]?) throws {
        #expect(try settings(generation, config: config).ends == expected.map(Set.init))
    }

    @Test("Without generation_config.json, config.json says all that the file would")
    func oneFile() throws {
        let fields = #"{"repetition_penalty": 2, "max_new_tokens": 4}"#
        let alone = try settings(nil, config: fields), beside = try settings("{}", config: fields)
        #expect(alone.repetitionPenalty == 2 && alone.greatestNewTokens == 4)
        #expect(beside.repetitionPenalty == 1 && beside.greatestNewTokens == nil)
    }

    @Test(
        "Tokens are drawn where the file asks for it, with the defaults of transformers",
        arguments: [
            (#"{"do_sample": true}"#, SamplingOptions(temperature: 1, topK: 50)), (#"{"temperature": 0.5}"#, nil),
            ("{}", nil),
            (
                #"{"do_sample": true, "temperature": 0.5, "top_k": 0, "top_p": 0.25}"#,
                SamplingOptions(temperature: 0.5, topP: 0.25)
            ),
        ] as [(String, SamplingOptions?)])
    func sampling(_ text: String, _ expected: SamplingOptions?) throws {
        #expect(try settings(text).sampling == expected)
    }

    @Test("A length counts the prompt, a number of new tokens does not and goes first")
    func limits() throws {
        #expect(try settings(#"{"max_length": 10}"#).tokenLimit(promptCount: 4) == 6)
        #expect(try settings(#"{"max_length": 10, "max_new_tokens": 3}"#).tokenLimit(promptCount: 40) == 3)
        #expect(try settings("{}").tokenLimit(promptCount: 4) == nil)
        let settings = try settings(#"{"max_length": 10}"#)
        #expect(throws: GenerationError.promptExceedsLength(tokens: 10, limit: 10)) {
            try settings.tokenLimit(promptCount: 10)
        }
    }

    @Test(
        "What changes a text and is not followed is refused by name, unless it has no effect",
        arguments: [
            ("num_beams", "1", "4"), ("guidance_scale", "1.0", "1.5"), ("penalty_alpha", "0.0", "0.6"),
            ("encoder_no_repeat_ngram_size", "0", "2"),
            ("forced_eos_token_id", "null", "7"), ("stop_strings", "null", #"["."]"#),
            ("sequence_bias", "null", "[[[1], 2.0]]"), ("token_healing", "false", "true"),
        ])
    func unsupported(_ field: String, _ neutral: String, _ value: String) throws {
        _ = try settings(#"{"\#(field)": \#(neutral)}"#)
        let error = #expect(throws: ModelConfigurationError.self) { try settings(#"{"\#(field)": \#(value)}"#) }
        #expect(error?.description.contains("generation_config.json: \(field): ") == true)
    }

    @Test(
        "What counts in sampling alone is refused there alone",
        arguments: ["min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "top_h"])
    func unsupportedInSampling(_ field: String) throws {
        _ = try settings(#"{"\#(field)": 0.5}"#)
        let error = #expect(throws: ModelConfigurationError.self) {
            try settings(#"{"do_sample": true, "\#(field)": 0.5}"#)
        }
        #expect(error?.description.contains("generation_config.json: \(field): ") == true)
    }

    @Test(
        "A field of the wrong kind is an error that names it",
        arguments: [
            (#"{"eos_token_id": "a"}"#, "eos_token_id"), (#"{"repetition_penalty": 0}"#, "repetition_penalty"),
            (#"{"bad_words_ids": [["a"]]}"#, "bad_words_ids[0]"),
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
        let settings = try settings(
            #"{"bad_words_ids": [[4], [1, 2, 3], [5]], "suppress_tokens": [0], "begin_suppress_tokens": [1]}"#)
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
