import ArgumentParser
import LatheFiles
import LatheInference
import LatheModels
import LatheTokenizers
import LatheTraining

/// Turns texts into vectors.
struct EmbedCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn each line of a text into a vector, as sentence-transformers does.",
        discussion: """
            Prints one JSON object a line: tokens (their ids) and embedding. Pooling, scaling, prompts and the longest text are those that modules.json and the \
            files beside it name; without modules.json, a vector is the mean of its tokens' hidden states, scaled to length 1.

            Examples:
              lathe embed --model sentence-transformers/all-MiniLM-L6-v2 --texts lines.txt
              lathe embed --model BAAI/bge-small-en-v1.5 --texts questions.txt --prompt query
              sort lines.txt | lathe embed --model my-encoder --texts -
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        help: ArgumentHelp(
            "A text in UTF-8, - for standard input; each line that is not blank becomes a vector.", valueName: "file"),
        completion: .file())
    var texts: String

    @Flag(
        name: .customLong("json-texts"), help: "Each line of the file is a JSON string, which may hold any character.")
    var jsonTexts = false

    @Option(
        name: .customLong("max-length"),
        help:
            "The most tokens of a text; the rest is cut off. (default: what the model's files say, or as many as it takes)"
    )
    var maxLength: Int?

    @Option(
        help: ArgumentHelp(
            "The prompt of the model to put before each text. (default: the one that its files name, if any)",
            valueName: "name"))
    var prompt: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print what goes wrong as a JSON object, too; results are JSON in any case.")
    var json = false

    func validate() throws {
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
    }

    func work() throws {
        threads.apply()
        let directory = try source.directory(.modelWithCompanions), console = Console.current
        let modules = try SentenceModules(directory: directory), prompt = try modules.prompt(named: prompt)
        let model = try PretrainedModel(directory: modules.transformer, for: .embeddingTexts)
        guard let network = model.network as? any TextEncoder else {
            throw TaskError.wrongModel(
                task: "embed", needs: "a model of texts that can do without its head", model: model)
        }
        let tokenizer = try Tokenizer(directory: modules.transformer, lowercases: modules.lowercases)
        let limit = network.longestSequence
        let length = try SequenceLength.of(maxLength ?? modules.length(tokenizer, limit: limit), limit: limit)
        let examples = try examples().map { TextExample(text: prompt + $0.text) }
        let tokenized = try TokenizedTexts(examples, tokenizer: tokenizer, maxLength: length)
        var bar: ProgressBar? = ProgressBar("embedding", total: tokenized.count, unit: "texts", isQuiet: true)
        defer { bar?.finish() }
        let vectors = try SentenceEmbedding(
            network, pooling: modules.pooling, normalizes: modules.normalizes, width: modules.width
        ).vectors(for: tokenized) { bar?.update(to: $0) }
        bar?.finish()
        bar = nil
        for (ids, vector) in zip(tokenized.ids, vectors) {
            let value: JSONValue = [
                "tokens": .array(ids.map { .integer(Int($0)) }),
                "embedding": .array(vector.map(JSONValue.number(decimal:))),
            ]
            try console.emitLine(value)
        }
    }

    private func examples() throws -> [TextExample] {
        let lines = try DatasetFile.loadText(InputFile.open(texts)).examples
        guard jsonTexts else { return lines }
        return try lines.enumerated().map { index, line in
            guard let text = (try? StrictJSON.parse(line.text))?.string else {
                throw EmbedError.notAString(file: InputFile.name(texts), text: index + 1)
            }
            return TextExample(text: text)
        }
    }
}

/// Why texts cannot be read.
enum EmbedError: DescribedError {
    case notAString(file: String, text: Int)

    var description: String {
        switch self {
        case .notAString(let file, let text):
            "\(file): text \(text): expected a JSON string in quotes; leave out --json-texts for plain lines"
        }
    }
}
