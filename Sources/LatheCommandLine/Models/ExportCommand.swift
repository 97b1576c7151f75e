import ArgumentParser
import Foundation
import LatheExport
import LatheFiles
import LatheModels
import LatheTensor
import LatheTokenizers

/// Writes a model for another tool.
struct ExportCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a model as ONNX, for ONNX Runtime and others, or, GPT-2, as GGUF for llama.cpp.",
        discussion: """
            The ONNX graph computes what Lathe computes; batch and sequence may have any size. int8 and uint8 keep the codes of a \
            packed model: int8 is fast in ONNX Runtime, uint8 is slower, and exact on x86 CPUs without VNNI and in other runtimes, \
            too. int8-static rounds a layer's inputs in one range that is measured on --calibration, for runtimes that need static \
            ranges; its outputs differ from Lathe's.

            Examples:
              lathe export --model sentiment --out sentiment.onnx
              lathe export --model sentiment-w8a8 --format onnx --type int8 --out sentiment-int8.onnx
              lathe export --model sentiment-w8a8 --type int8-static --calibration train.tsv \\
                --out sentiment-static.onnx
              lathe export --model gpt2 --format gguf --type q8_0 --out gpt2-q8_0.gguf
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case onnx, gguf
    }

    /// The form of the weights in the file.
    enum WeightType: String, CaseIterable, ExpressibleByArgument {
        case f32, int8
        case int8Static = "int8-static"
        case uint8, f16, q8_0, q4_0

        /// The types that a format has, its default first.
        static func types(of format: Format) -> [WeightType] {
            switch format {
            case .onnx: [.f32, .int8, .uint8, .int8Static]
            case .gguf: [.f16, .q8_0, .q4_0]
            }
        }

        /// The form of the weights in an ONNX file.
        var onnx: ONNXModel.Weights {
            switch self {
            case .int8, .int8Static: .int8
            case .uint8: .uint8
            default: .float32
            }
        }
    }

    @OptionGroup var source: ModelOptions

    @Option(help: "Whose format. (default: what --out ends with)")
    var format: Format?

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("The file to write; what was there is replaced.", valueName: "file"),
        completion: .file(extensions: ["onnx", "gguf"]))
    var output: String

    @Option(
        help:
            "The form of the weights: f32, int8, uint8 or int8-static for onnx, f16, q8_0 or q4_0 for gguf. (default: f32, f16)"
    )
    var type: WeightType?

    @OptionGroup(title: "Options of int8-static") var calibration: CalibrationFlags

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: out, format, type, bytes, files.")
    var json = false

    private var chosenType: WeightType { type ?? WeightType.types(of: chosenFormat)[0] }
    private var chosenFormat: Format { format ?? (output.hasSuffix(".gguf") ? .gguf : .onnx) }

    func validate() throws {
        if format == nil, !Format.allCases.contains(where: { output.hasSuffix("." + $0.rawValue) }) {
            throw ValidationError("--format is missing: onnx or gguf; or let --out end with .onnx or .gguf.")
        }
        let format = chosenFormat, types = WeightType.types(of: format)
        guard types.contains(chosenType) else {
            throw ValidationError(
                "--type \(chosenType.rawValue) does not go with --format \(format.rawValue); choose \(types.map(\.rawValue).joined(separator: ", "))."
            )
        }
        if chosenType == .int8Static { return try calibration.check(for: source.model) }
        if !calibration.calibration.isEmpty { throw ValidationError("--calibration goes with --type int8-static.") }
        if calibration.task != nil { throw ValidationError("--task goes with --type int8-static.") }
        if calibration.maxLength != nil { throw ValidationError("--max-length goes with --type int8-static.") }
    }

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: [source.model], files: calibration.calibration) }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), console = Console.current
        let model = try PretrainedModel(directory: directory), files: [(path: String, byteCount: Int)]
        switch chosenFormat {
        case .onnx:
            let ranges = try inputRanges(of: model, in: directory)
            // In files, so that a model larger than memory can be written.
            files = try FileMemory.using(directory: URL(fileURLWithPath: output).deletingLastPathComponent().path) {
                try ONNXModel(model, weights: chosenType.onnx, inputRanges: ranges).write(to: output)
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

    /// The static ranges of the layers' inputs, for the type that has them.
    private func inputRanges(of model: PretrainedModel, in directory: String) throws -> [String: ClosedRange<Float>] {
        guard chosenType == .int8Static else { return [:] }
        let measured = try calibration.data(for: directory).inputRanges(of: model)
        let unit = model.network is any ImageClassifier ? "image" : "token"
        let samples = Quantity.count(measured.sampleCount)
        Console.current.warn(
            "note: int8-static rounds each layer's inputs in one range, measured on \(samples) samples, not in one for each \(unit): "
                + "outputs differ from Lathe's; int8 computes what Lathe computes")
        return measured.ranges
    }
}
