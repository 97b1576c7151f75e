import ArgumentParser
import LatheFiles
import LatheTokenizers
import LatheTraining

/// Writes texts as a file of tokens.
struct TokenizeCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn texts into a file of tokens, which training reads without loading it.",
        discussion: """
            Texts are joined by the token that ends a text. lathe train, eval and quantize take the file in place of a text for a language model with the same \
            tokenizer, and know it by its first bytes. A token has 2 bytes, or 4 where the vocabulary is above 65,536.

            Examples:
              lathe tokenize --model openai-community/gpt2 --data *.txt --out text.tokens
              lathe train --model openai-community/gpt2 --task lm --train text.tokens --out mine
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Plain texts, or JSON lines with a text each; - is a plain text on standard input.", valueName: "file"),
        completion: .file())
    var data: [String]

    @Option(
        name: .customLong("out"), help: ArgumentHelp("The file, which is replaced if it is there.", valueName: "file"),
        completion: .file())
    var output: String

    @Flag(help: "Print one JSON object instead: out, tokens, vocabulary, bytes.")
    var json = false

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: [source.model], files: data) }

    func work() throws {
        let directory = try source.directory(), tokenizer = try Tokenizer(directory: directory)
        var bar: ProgressBar? = ProgressBar("reading", total: data.count, unit: "files", isQuiet: true)
        defer { bar?.finish() }
        let tokens = try TokenStream(
            files: data, tokenizer: tokenizer, in: directory, report: { bar?.update(to: $0) }, open: InputFile.open)
        bar?.finish()
        bar = nil
        let bytes = try TokenFile.write(tokens, of: tokenizer, to: output), console = Console.current
        try console.print("\(output): \(Quantity.count(tokens.count)) tokens, \(Quantity.bytes(bytes))")
        let value: JSONValue = [
            "out": .string(output), "tokens": .integer(tokens.count), "vocabulary": .integer(tokenizer.idLimit),
            "bytes": .integer(bytes),
        ]
        try console.emit(value)
    }
}
