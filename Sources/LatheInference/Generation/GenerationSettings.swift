import LatheFiles
import LatheModels

/// What a model's files say of generating text: `generation_config.json`, or `config.json` where there is no such file.
public struct GenerationSettings: Sendable, Hashable {
    /// The tokens that end a text; `nil` for the tokenizer's.
    public var ends: Set<Int32>?
    /// What the logits of tokens that are there already are divided by, or multiplied with if they are negative; 1 for
    /// no effect (Keskar et al., arXiv:1909.05858).
    public var repetitionPenalty: Float = 1
    /// Sequences of so many tokens do not occur twice; 0 for any.
    public var uniqueLength = 0
    /// Tokens that are never chosen.
    public var suppressed: Set<Int32> = []
    /// Tokens that are not chosen first.
    public var suppressedAtFirst: Set<Int32> = []
    /// Sequences of tokens that do not occur.
    public var forbidden: [[Int32]] = []
    /// The fewest tokens of a text with its prompt, and of what is added: none of `ends` is chosen before.
    public var leastLength = 0, leastNewTokens = 0
    /// The most tokens of a text with its prompt, and of what is added, which counts where both are given; `nil` for no
    /// limit.
    public var greatestLength: Int?, greatestNewTokens: Int?
    /// How tokens are drawn; `nil` for always the likeliest.
    public var sampling: SamplingOptions?

    /// No restrictions.
    public init() {}

    /// Reads `generation_config.json` of a model's directory or, where there is none, `config.json`, as transformers
    /// does.
    /// - Throws: `ModelConfigurationError` with everything that is wrong, or a field that Lathe does not follow.
    public init(directory: String) throws {
        let names = ["generation_config.json", ModelConfiguration.fileName]
        guard let name = names.first(where: { ModelSource.isFile(directory + "/" + $0) }) else { return }
        let path = directory + "/" + name, root: JSONValue
        do { root = try StrictJSON.parse(MappedFile(path: path)) } catch let error as JSONError {
            throw ModelConfigurationError.malformedJSON(file: path, problem: error)
        }
        let fields = JSONFields(root)
        ends = Self.tokens("eos_token_id", fields).map(Set.init)
        // A file about generation, or a null, means that no token ends a text.
        if ends == nil, name == names[0] || root["eos_token_id"] != nil { ends = [] }
        read(fields)
        readSampling(fields)
        Self.checkUnsupported(fields, isSampled: sampling != nil)
        if !fields.problems.isEmpty { throw ModelConfigurationError.invalid(file: path, problems: fields.problems) }
    }

    private mutating func read(_ fields: JSONFields) {
        repetitionPenalty = Float(fields.number("repetition_penalty", in: 1e-6...1e6, default: 1))
        uniqueLength = fields.integer("no_repeat_ngram_size", in: 0...1_048_576, default: 0)
        suppressed = Set(Self.tokens("suppress_tokens", fields) ?? [])
        suppressedAtFirst = Set(Self.tokens("begin_suppress_tokens", fields) ?? [])
        leastLength = fields.integer("min_length", in: 0...1_048_576, default: 0)
        leastNewTokens = fields.integer("min_new_tokens", in: 0...1_048_576, default: 0)
        if fields["max_length"] != nil { greatestLength = fields.integer("max_length", in: 1...1_073_741_824) }
        if fields["max_new_tokens"] != nil {
            greatestNewTokens = fields.integer("max_new_tokens", in: 1...1_073_741_824)
        }
        let words = fields["bad_words_ids"]
        if let words, words.array == nil {
            fields.report("bad_words_ids", "expected an array of arrays of tokens, got \(words.shown)")
        }
        for (index, value) in (words?.array ?? []).enumerated() {
            let key = "bad_words_ids[\(index)]", tokens = Self.tokens(value, key, fields)
            if tokens.isEmpty { fields.report(key, "expected ids of tokens, got none") }
            forbidden.append(tokens)
        }
    }

    private mutating func readSampling(_ fields: JSONFields) {
        let temperature = fields.number("temperature", in: 0...1e6, default: 1),
            topK = fields.integer("top_k", in: 0...1_073_741_824, default: 50)
        let topP = fields.number("top_p", in: 0...1, default: 1)
        guard fields.bool("do_sample", default: false) else { return }
        if temperature == 0 {
            fields.report(
                "temperature",
                "expected a number above 0 beside do_sample, got 0; for the likeliest token set do_sample to false")
        }
        sampling = SamplingOptions(temperature: Float(temperature), topK: topK == 0 ? nil : topK, topP: Float(topP))
    }

    /// Fields that change what is generated and that Lathe does not follow, with the values that change nothing.
    private static let unsupported: KeyValuePairs<String, [JSONValue]> = [
        "num_beams": [1], "num_beam_groups": [1], "num_return_sequences": [1], "penalty_alpha": [0], "dola_layers": [],
        "guidance_scale": [1],
        "encoder_repetition_penalty": [1], "encoder_no_repeat_ngram_size": [0], "forced_bos_token_id": [],
        "forced_eos_token_id": [],
        "exponential_decay_length_penalty": [], "sequence_bias": [], "stop_strings": [], "watermarking_config": [],
        "force_words_ids": [], "constraints": [],
        "token_healing": [false], "max_time": [],
    ]
    /// The same for fields that count where tokens are drawn.
    private static let unsupportedInSampling: KeyValuePairs<String, [JSONValue]> = [
        "min_p": [0], "top_h": [], "typical_p": [1], "epsilon_cutoff": [0], "eta_cutoff": [0],
    ]

    private static func checkUnsupported(_ fields: JSONFields, isSampled: Bool) {
        for (key, neutral) in Array(unsupported) + (isSampled ? Array(unsupportedInSampling) : []) {
            guard let value = fields[key],
                !neutral.contains(where: { $0 == value || $0.double != nil && $0.double == value.double })
            else { continue }
            fields.report(key, "\(value.shown) is not supported; remove the field to generate without it")
        }
    }

    /// The ids in a field, a number or a list; `nil` if it is absent.
    private static func tokens(_ key: String, _ fields: JSONFields) -> [Int32]? {
        fields[key].map { tokens($0, key, fields) }
    }

    private static func tokens(_ value: JSONValue, _ key: String, _ fields: JSONFields) -> [Int32] {
        let values = value.array ?? [value], ids = values.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
        if ids.count != values.count {
            fields.report(key, "expected ids of tokens, got \(MessageText.shortened(value.text()))")
        }
        return ids
    }
}

extension GenerationSettings {
    /// The most tokens to add to a prompt; `nil` if the files set no limit.
    /// - Throws: `GenerationError.promptExceedsLength`.
    public func tokenLimit(promptCount: Int) throws(GenerationError) -> Int? {
        if let greatestNewTokens { return greatestNewTokens }
        guard let greatestLength else { return nil }
        guard promptCount < greatestLength else {
            throw .promptExceedsLength(tokens: promptCount, limit: greatestLength)
        }
        return greatestLength - promptCount
    }

    /// Changes the logits of the next token by these rules, in the order of transformers.
    /// - Parameters:
    ///   - logits: `[vocabulary]`; a token that may not be chosen gets -∞.
    ///   - tokens: the text so far, with its prompt.
    ///   - promptCount: the tokens of the prompt.
    ///   - ends: the tokens that end a text.
    public func apply(to logits: inout [Float], tokens: [Int32], promptCount: Int, ends: Set<Int32>) {
        func forbid(_ token: Int32) { if logits.indices.contains(Int(token)) { logits[Int(token)] = -.infinity } }
        if repetitionPenalty != 1 {
            for token in Set(tokens) where logits.indices.contains(Int(token)) {
                let logit = logits[Int(token)]
                logits[Int(token)] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty
            }
        }
        if uniqueLength > 0, tokens.count + 1 >= uniqueLength {
            let recent = tokens.suffix(uniqueLength - 1)
            for start in 0..<max(tokens.count - uniqueLength + 1, 0)
            where tokens[start..<start + uniqueLength - 1].elementsEqual(recent) {
                forbid(tokens[start + uniqueLength - 1])
            }
        }
        for words in forbidden where !(words.count == 1 && ends.contains(words[0])) {
            if let last = words.last, tokens.count >= words.count - 1,
                tokens.suffix(words.count - 1).elementsEqual(words.dropLast())
            {
                forbid(last)
            }
        }
        if tokens.count < leastLength || tokens.count - promptCount < leastNewTokens { ends.forEach(forbid) }
        suppressed.forEach(forbid)
        if tokens.count == promptCount { suppressedAtFirst.forEach(forbid) }
    }
}
