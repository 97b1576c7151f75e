import ArgumentParser
import Foundation
import Lathe
import LatheInterchange

/// Writes a model for another tool.
struct ExportCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a model as ONNX, for ONNX Runtime and others, or, GPT-2, as GGUF for llama.cpp.",
        discussion: """
            The ONNX graph computes what Lathe computes; batch and sequence may have any size. With int8 it keeps the codes of a packed model.

            Examples:
              lathe export --model sentiment --out sentiment.onnx
              lathe export --model sentiment-w8a8 --format onnx --type int8 --out sentiment-int8.onnx
              lathe export --model gpt2 --format gguf --type q8_0 --out gpt2-q8_0.gguf
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case onnx, gguf
    }

    /// How weights lie in the file.
    enum WeightType: String, CaseIterable, ExpressibleByArgument {
        case f32, int8, f16, q8_0, q4_0
    }

    @OptionGroup var source: ModelOptions

    @Option(help: "Whose format. (default: what --out ends with)")
    var format: Format?

    @Option(
        name: .customLong("out"), help: ArgumentHelp("The file to write; what was there is replaced.", valueName: "file"),
        completion: .file(extensions: ["onnx", "gguf"]))
    var output: String

    @Option(help: "How weights are stored: f32 or int8 for onnx, f16, q8_0 or q4_0 for gguf. (default: f32, f16)")
    var type: WeightType?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: out, format, type, bytes, files.")
    var json = false

    private var chosenType: WeightType { type ?? (chosenFormat == .onnx ? .f32 : .f16) }
    private var chosenFormat: Format { format ?? (output.hasSuffix(".gguf") ? .gguf : .onnx) }

    func validate() throws {
        if format == nil, !Format.allCases.contains(where: { output.hasSuffix("." + $0.rawValue) }) {
            throw ValidationError("--format is missing: onnx or gguf; or let --out end with .onnx or .gguf.")
        }
        let format = chosenFormat
        let types: [WeightType] = format == .onnx ? [.f32, .int8] : [.f16, .q8_0, .q4_0]
        guard types.contains(chosenType) else {
            throw ValidationError("--type \(chosenType.rawValue) does not go with --format \(format.rawValue); choose \(types.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: [source.model]) }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), console = Console.current
        let model = try PretrainedModel(directory: directory), files: [(path: String, byteCount: Int)]
        switch chosenFormat {
        case .onnx:
            // In files, so that a model larger than memory can be written.
            files = try FileMemory.using(directory: URL(fileURLWithPath: output).deletingLastPathComponent().path) {
                try ONNXModel(model, weights: chosenType == .int8 ? .int8 : .float32).write(to: output)
            }
        case .gguf:
            let name = URL(fileURLWithPath: directory).lastPathComponent
            let weights = GGUFModel.Weights(rawValue: chosenType.rawValue) ?? .float16
            let file = try GGUFModel(model, tokenizer: Tokenizer(directory: directory), name: name, weights: weights)
            files = [(output, try file.write(to: output))]
        }
        for file in files { try console.print("\(file.path): \(Quantity.bytes(file.byteCount))") }
        let value: JSONValue = [
            "out": .string(output), "format": .string(chosenFormat.rawValue), "type": .string(chosenType.rawValue),
            "bytes": .integer(files.reduce(0) { $0 + $1.byteCount }), "files": .array(files.map { .string($0.path) }),
        ]
        try console.emit(value)
    }
}
