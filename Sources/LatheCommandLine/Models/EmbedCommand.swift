import ArgumentParser
import Lathe

/// Turns texts into vectors.
struct EmbedCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn each line of a text into a vector, as sentence-transformers models do: the mean of its tokens' hidden states, of length 1.",
        discussion: """
            Prints one JSON object a line: tokens (their ids) and embedding.

            Examples:
              lathe embed --model sentence-transformers/all-MiniLM-L6-v2 --texts lines.txt
              sort lines.txt | lathe embed --model my-encoder --texts -
            """)

    @OptionGroup var source: ModelOptions

    @Option(help: ArgumentHelp("A text in UTF-8, - for standard input; each line that is not blank becomes a vector.", valueName: "file"), completion: .file())
    var texts: String

    @Flag(name: .customLong("json-texts"), help: "Each line of the file is a JSON string, which may hold any character.")
    var jsonTexts = false

    @Option(name: .customLong("max-length"), help: "The most tokens of a text; the rest is cut off. (default: 256, or as many as the model takes)")
    var maxLength: Int?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print what goes wrong as a JSON object, too; results are JSON in any case.")
    var json = false

    func validate() throws {
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
    }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), console = Console.current
        let model = try PretrainedModel(directory: directory)
        guard let network = model.network as? BertModel else {
            throw TaskError.wrongModel(task: "embed", needs: "a model without head, such as BertModel", got: model.configuration.architecture.className)
        }
        let tokenizer = try Tokenizer(directory: directory)
        let length = try SequenceLength.of(maxLength, usual: 256, limit: network.configuration.longestSequence)
        let tokenized = try TokenizedTexts(try examples(), tokenizer: tokenizer, maxLength: length)
        var bar: ProgressBar? = ProgressBar("embedding", total: tokenized.count, unit: "texts", isQuiet: true)
        defer { bar?.finish() }
        let vectors = try SentenceEmbedding(network).vectors(for: tokenized) { bar?.update(to: $0) }
        bar?.finish()
        bar = nil
        for (ids, vector) in zip(tokenized.ids, vectors) {
            let value: JSONValue = [
                "tokens": .array(ids.map { .integer(Int($0)) }), "embedding": .array(vector.map(JSONValue.number(decimal:))),
            ]
            try console.emitLine(value)
        }
    }

    private func examples() throws -> [TextExample] {
        let lines = try DatasetFile.loadText(InputFile.open(texts)).examples
        guard jsonTexts else { return lines }
        return try lines.enumerated().map { index, line in
            guard let text = (try? StrictJSON.parse(line.text))?.string else { throw EmbedError.notAString(file: InputFile.name(texts), text: index + 1) }
            return TextExample(text: text)
        }
    }
}

/// Why texts cannot be read.
enum EmbedError: Error, CustomStringConvertible {
    case notAString(file: String, text: Int)

    var description: String {
        switch self {
        case .notAString(let file, let text): "\(file): text \(text): expected a JSON string in quotes; leave out --json-texts for plain lines"
        }
    }
}
