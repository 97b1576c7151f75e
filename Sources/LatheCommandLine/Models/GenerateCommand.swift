import ArgumentParser
import LatheFiles
import LatheInference
import LatheModels
import LatheTokenizers
import LatheTraining

/// Continues a text.
struct GenerateCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue a text, token by token, with a GPT-2 model.",
        discussion: """
            The text appears as it is made. Without --temperature, --top-k and --top-p, tokens are chosen as the model's generation_config.json says: the \
            likeliest one, unless it has do_sample.

            Examples:
              lathe generate --model openai-community/gpt2 --prompt "The lathe is"
              lathe generate --model gpt2 --prompt "Once" --temperature 0.8 --top-k 50
              lathe generate --model my-gpt2 --prompt "Once" --top-p 0.9 --json
            """)

    @OptionGroup var source: ModelOptions

    @Option(help: "The text to continue; - is the text on standard input.")
    var prompt: String

    @Option(
        name: .customLong("max-tokens"),
        help: "The most tokens to add. (default: what generation_config.json says, or 100)")
    var maxTokens: Int?

    @Option(
        help:
            "Above 0, tokens are drawn by their probabilities: below 1 rather likely ones, above 1 rather surprising ones. (default: what generation_config.json says, or 0, or 1 with --top-k or --top-p)"
    )
    var temperature: Float?

    @Option(name: .customLong("top-k"), help: "Draw from so many of the likeliest tokens only.")
    var topK: Int?

    @Option(
        name: .customLong("top-p"),
        help: "Draw from the likeliest tokens only whose probabilities add up to this share.")
    var topP: Float?

    @Option(help: "Decides what is drawn.")
    var seed: UInt64 = 42

    @Option(help: "Bits of weights and of what they are multiplied with.")
    var weights = Weights.fp32

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: text, tokens, prompt_tokens, tokens_per_second, stop.")
    var json = false

    func validate() throws {
        if let maxTokens { try BenchOptions.check(maxTokens, in: 1...1_000_000, "--max-tokens") }
        if let topK { try BenchOptions.check(topK, in: 1...16_777_216, "--top-k") }
        if let temperature, !(temperature >= 0 && temperature <= 100) {
            throw ValidationError("--temperature takes a number from 0 to 100, got \(temperature).")
        }
        if let topP, !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p takes a share above 0, at most 1, got \(topP).")
        }
    }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), console = Console.current
        let model = try PretrainedModel(directory: directory)
        guard let network = model.network as? any LanguageModel else {
            throw TaskError.wrongModel(task: "generate", needs: "a language model", model: model)
        }
        let tokenizer = try Tokenizer(directory: directory)
        var failure: (any Error)?
        func show(_ text: String) -> Bool {
            do { try console.write(text) } catch { failure = error }
            return failure == nil
        }
        let settings = try GenerationSettings(directory: directory), sampling = sampling(settings)
        let generator = TextGenerator(network, tokenizer, settings: settings)
        let prompt = try InputFile.text(prompt), promptCount = try generator.promptTokens(prompt).count
        let limit = try maxTokens ?? settings.tokenLimit(promptCount: promptCount) ?? 100
        if weights != .fp32 || limit > Self.mostTokensInPlace { network.packWeights(weights.format) }
        _ = show(prompt)
        var result: TextGenerator.Result?
        let milliseconds = try Stopwatch.milliseconds {
            result = try generator.generate(prompt, maxTokens: limit, sampling: sampling, emit: show)
        }
        _ = show("\n")
        if let failure { throw failure }
        if let result { try console.emit(Self.value(result, milliseconds)) }
    }

    /// The most tokens for which float weights are read where the file has them: laying them out, a second copy of the
    /// model, takes as long as some 200 tokens gain by it.
    private static let mostTokensInPlace = 256

    /// Returns the sampling that the flags name or, without flags, the model's files.
    private func sampling(_ settings: GenerationSettings) -> SamplingOptions {
        if temperature == nil, topK == nil, topP == nil, var sampling = settings.sampling {
            sampling.seed = seed
            return sampling
        }
        return SamplingOptions(
            temperature: temperature ?? (topK == nil && topP == nil ? 0 : 1), topK: topK, topP: topP ?? 1, seed: seed)
    }

    private static func value(_ result: TextGenerator.Result, _ milliseconds: Double) -> JSONValue {
        [
            "text": .string(result.text), "tokens": .array(result.tokens.map { .integer(Int($0)) }),
            "prompt_tokens": .integer(result.promptTokenCount),
            "tokens_per_second": .number(Double(result.tokens.count) / max(milliseconds, 1e-6) * 1000),
            "stop": .string(result.reason.rawValue),
        ]
    }
}
