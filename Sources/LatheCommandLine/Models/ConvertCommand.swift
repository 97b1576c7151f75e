import ArgumentParser
import Foundation
import LatheFiles
import LatheModels
import LatheWorkflows

/// Saves a model in another form of file.
struct ConvertCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Save a model, in whatever files it is, as a directory in Hugging Face's layout.",
        discussion: """
            The weights become one model.safetensors; all other files of the model stay as they are. Without --floats each tensor keeps the type that it has in \
            the file; packed weights stay packed in any case. A residual network needs no config.json; it gets one.

            Examples:
              lathe convert --model old-bert --out bert
              lathe convert --model resnet18-f37072fd.pth --out resnet18
              lathe convert --model openai-community/gpt2 --floats float16 --out gpt2-f16
            """)

    @Option(
        help: ArgumentHelp(
            "A directory, a name on the hub (org/model), or a file with weights: safetensors, or one of PyTorch.",
            valueName: "dir"),
        completion: .file())
    var model: String

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(
        help: "The type of all floats but the scales of packed weights. (default: what each tensor has in the file)")
    var floats: PackingFlags.Floats?

    @Flag(help: "Replace the model that is in --out.")
    var overwrite = false

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object: out, bytes, tensors, files.")
    var json = false

    func work() throws {
        threads.apply()
        let source =
            ModelSource.isFile(model) ? model : try HubProgress.directory(for: model, files: .modelWithCompanions)
        var conversion = ModelConversion(model: source, output: output)
        (conversion.floats, conversion.overwrites) = (floats?.dtype, overwrite)
        let summary = try run(conversion), console = Console.current
        if !summary.leftOut.isEmpty { console.warn("note: left out: \(summary.leftOut.joined(separator: ", "))") }
        try console.print(
            "\(output): \(Quantity.bytes(summary.byteCount)), \(summary.tensorCount) tensors, \(summary.files.count) files"
        )
        try console.emit([
            "out": .string(output), "bytes": .integer(summary.byteCount), "tensors": .integer(summary.tensorCount),
            "files": .array(summary.files.map(JSONValue.string)),
        ])
    }

    private func run(_ conversion: ModelConversion) throws -> ModelConversion.Summary {
        do {
            return try conversion.run()
        } catch ConversionError.occupied(let directory, let file) {
            throw OccupiedError(directory: directory, file: file)
        } catch ConversionError.sameDirectory {
            throw ValidationError("--out is the directory of --model; name another directory.")
        }
    }
}

/// A directory that holds a model, with the flag that replaces it.
private struct OccupiedError: DescribedError {
    let directory, file: String

    var description: String {
        "\(directory): holds a model (\(file)); replace it (--overwrite), or name another directory"
    }
}
