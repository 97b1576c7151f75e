import LatheFiles
import LatheModels
import LatheTensor
import LatheTokenizers

/// Goes on with a text, token by token.
///
/// ```swift
/// let generator = TextGenerator(model, tokenizer)
/// try generator.generate("Once upon a time", maxTokens: 40) { piece in
///     print(piece, terminator: "")
///     return true
/// }
/// ```
public struct TextGenerator {
    /// What was generated.
    public struct Result: Sendable {
        /// The new text, without the prompt.
        public let text: String
        /// The new tokens, without the one that ends a text.
        public let tokens: [Int32]
        public let promptTokenCount: Int
        public let reason: StopReason
    }

    /// Why generation ended.
    public enum StopReason: String, Sendable {
        /// The model ended the text.
        case endOfText = "end_of_text"
        /// There were as many tokens as were asked for.
        case limit
        /// The model has no further position.
        case contextFull = "context_full"
        /// The caller wanted no more.
        case stopped
    }

    private let model: any LanguageModel
    private let tokenizer: Tokenizer
    private let settings: GenerationSettings

    /// - Parameters:
    ///   - model: the network that predicts tokens.
    ///   - tokenizer: the model's.
    ///   - settings: what the model's files say of generating text.
    /// - Precondition: the tokenizer's ids are the model's.
    public init(_ model: any LanguageModel, _ tokenizer: Tokenizer, settings: GenerationSettings = .init()) {
        (self.model, self.tokenizer, self.settings) = (model, tokenizer, settings)
    }

    /// Goes on with `prompt`. An empty one begins with the token that begins texts.
    /// - Parameters:
    ///   - prompt: the text to go on with.
    ///   - maxTokens: the most new tokens.
    ///   - sampling: how tokens are chosen.
    ///   - emit: gets each piece of text as soon as its characters are complete, and says whether to go on.
    /// - Throws: `GenerationError`, or `TokenizerError`.
    @discardableResult
    public func generate(
        _ prompt: String, maxTokens: Int, sampling: SamplingOptions = .init(),
        emit: (_ piece: String) -> Bool = { _ in true }
    ) throws -> Result {
        let ids = try promptTokens(prompt), ends = settings.ends ?? Set([tokenizer.specialTokens.end].compactMap { $0 })
        var text = StreamedText(tokenizer)
        var tokens: [Int32] = []
        var reason = StopReason.limit
        withInference {
            var sampler = TokenSampler(sampling)
            let cache = model.makeCache(capacity: min(model.longestSequence, ids.count + maxTokens))
            var next = ids
            while tokens.count < maxTokens {
                var logits = model.lastLogits(next, continuing: cache).floatArray
                settings.apply(to: &logits, tokens: ids + tokens, promptCount: ids.count, ends: ends)
                let token = sampler.choose(from: logits)
                if ends.contains(token) { return reason = .endOfText }
                tokens.append(token)
                if let piece = text.append(token), !emit(piece) { return reason = .stopped }
                // The last token needs no position of its own until another one is to follow.
                if ids.count + tokens.count > model.longestSequence, tokens.count < maxTokens {
                    return reason = .contextFull
                }
                next = [token]
            }
        }
        if reason != .stopped, let rest = text.finish() { _ = emit(rest) }
        return Result(text: text.text, tokens: tokens, promptTokenCount: ids.count, reason: reason)
    }

    /// The tokens of `prompt`, with what the tokenizer puts before a text, or the one that begins texts.
    /// - Throws: `GenerationError`, or `TokenizerError`.
    public func promptTokens(_ prompt: String) throws -> [Int32] {
        try tokenizer.checkDecoder()
        var ids = try tokenizer.encode(prompt).ids
        if ids.isEmpty {
            guard let begin = tokenizer.specialTokens.beginning ?? tokenizer.specialTokens.end else {
                throw GenerationError.emptyPrompt
            }
            ids = [begin]
        }
        guard ids.count <= model.longestSequence else {
            throw GenerationError.promptTooLong(tokens: ids.count, limit: model.longestSequence)
        }
        if let unknown = ids.first(where: { $0 >= model.vocabularySize }) {
            throw GenerationError.tokenOutOfRange(token: unknown, vocabularySize: model.vocabularySize)
        }
        return ids
    }
}

/// Why a text cannot be gone on with.
public enum GenerationError: DescribedError, Equatable, Sendable {
    /// The prompt has more tokens than the model has positions.
    case promptTooLong(tokens: Int, limit: Int)
    /// The prompt has as many tokens as the model's files allow for the whole text.
    case promptExceedsLength(tokens: Int, limit: Int)
    /// Nothing to begin with.
    case emptyPrompt
    /// Model and tokenizer do not belong together.
    case tokenOutOfRange(token: Int32, vocabularySize: Int)

    public var description: String {
        switch self {
        case .promptTooLong(let tokens, let limit):
            "the prompt has \(tokens) tokens, and the model takes \(limit) at most; shorten the prompt"
        case .promptExceedsLength(let tokens, let limit):
            "the prompt has \(tokens) tokens, and max_length of generation_config.json is \(limit), which counts the prompt; shorten the prompt, or limit new tokens"
        case .emptyPrompt: "the prompt is empty, and the tokenizer has no token that begins a text; give a prompt"
        case .tokenOutOfRange(let token, let size):
            "the tokenizer gives token \(token), and the model's vocabulary has \(size); use the tokenizer that belongs to the model"
        }
    }
}
