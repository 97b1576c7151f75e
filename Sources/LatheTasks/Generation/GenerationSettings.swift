import LatheModels
import LatheTensor

/// What a model's files say of generating text: `generation_config.json`, and `config.json` where that says nothing.
public struct GenerationSettings: Sendable, Hashable {
    /// The tokens that end a text; `nil` for the tokenizer's.
    public var ends: Set<Int32>?
    /// What the logits of tokens that are there already are divided by, or multiplied with if they are negative; 1 for no effect (Keskar et al.,
    /// arXiv:1909.05858).
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

    /// No restrictions.
    public init() {}

    /// Reads the files of a model's directory as far as they are there.
    /// - Throws: `ModelConfigurationError` with everything that is wrong.
    public init(directory: String) throws {
        for name in ["generation_config.json", ModelConfiguration.fileName] {
            let path = directory + "/" + name
            guard ModelSource.isFile(path) else { continue }
            let root: JSONValue
            do { root = try StrictJSON.parse(MappedFile(path: path)) } catch let error as JSONError {
                throw ModelConfigurationError.malformedJSON(file: path, problem: error)
            }
            let fields = JSONFields(root)
            ends = ends ?? Self.tokens("eos_token_id", fields).map(Set.init)
            if name != ModelConfiguration.fileName { read(fields) }
            if !fields.problems.isEmpty { throw ModelConfigurationError.invalid(file: path, problems: fields.problems) }
        }
    }

    private mutating func read(_ fields: JSONFields) {
        repetitionPenalty = Float(fields.number("repetition_penalty", in: 1e-6...1e6, default: 1))
        uniqueLength = fields.integer("no_repeat_ngram_size", in: 0...1_048_576, default: 0)
        suppressed = Set(Self.tokens("suppress_tokens", fields) ?? [])
        suppressedAtFirst = Set(Self.tokens("begin_suppress_tokens", fields) ?? [])
        leastLength = fields.integer("min_length", in: 0...1_048_576, default: 0)
        leastNewTokens = fields.integer("min_new_tokens", in: 0...1_048_576, default: 0)
        for (index, value) in (fields["bad_words_ids"]?.array ?? []).enumerated() {
            forbidden.append(Self.tokens(value, "bad_words_ids[\(index)]", fields))
        }
    }

    /// The ids in a field, a number or a list; `nil` if it is absent.
    private static func tokens(_ key: String, _ fields: JSONFields) -> [Int32]? {
        fields[key].map { tokens($0, key, fields) }
    }

    private static func tokens(_ value: JSONValue, _ key: String, _ fields: JSONFields) -> [Int32] {
        let values = value.array ?? [value], ids = values.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
        if ids.count != values.count { fields.report(key, "expected ids of tokens, got \(MessageText.shortened(value.text()))") }
        return ids
    }
}

extension GenerationSettings {
    /// Changes the logits of the next token by these rules, in the order of transformers.
    /// - Parameters:
    ///   - logits: `[vocabulary]`; a token that may not be chosen gets -∞.
    ///   - tokens: the text so far, with its prompt.
    ///   - promptCount: the tokens of the prompt.
    ///   - ends: the tokens that end a text.
    func apply(to logits: inout [Float], tokens: [Int32], promptCount: Int, ends: Set<Int32>) {
        func forbid(_ token: Int32) { if logits.indices.contains(Int(token)) { logits[Int(token)] = -.infinity } }
        if repetitionPenalty != 1 {
            for token in Set(tokens) where logits.indices.contains(Int(token)) {
                let logit = logits[Int(token)]
                logits[Int(token)] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty
            }
        }
        if uniqueLength > 0, tokens.count + 1 >= uniqueLength {
            let recent = tokens.suffix(uniqueLength - 1)
            for start in 0..<max(tokens.count - uniqueLength + 1, 0) where tokens[start..<start + uniqueLength - 1].elementsEqual(recent) {
                forbid(tokens[start + uniqueLength - 1])
            }
        }
        for words in forbidden where !(words.count == 1 && ends.contains(words[0])) {
            if let last = words.last, tokens.count >= words.count - 1, tokens.suffix(words.count - 1).elementsEqual(words.dropLast()) { forbid(last) }
        }
        if tokens.count < leastLength || tokens.count - promptCount < leastNewTokens { ends.forEach(forbid) }
        suppressed.forEach(forbid)
        if tokens.count == promptCount { suppressedAtFirst.forEach(forbid) }
    }
}
