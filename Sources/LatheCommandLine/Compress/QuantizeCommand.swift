import ArgumentParser
import Lathe

/// Quantises a model without training.
struct QuantizeCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Round a model's weights, and from then on its inputs, as a DeepSpeed config says, without data (ZeroQuant).",
        discussion: """
            Masks of l1 pruning work as well; what must be learned (topk scores, static input ranges) needs lathe compress.

            Examples:
              lathe quantize --model sentiment --config w8a8.json --out sentiment-w8a8
              lathe eval --model sentiment-w8a8 --task sst2 --data dev.tsv
            """)

    @OptionGroup var source: ModelOptions

    @Option(help: ArgumentHelp("A DeepSpeed config with compression_training.", valueName: "file"))
    var config: String

    @Option(name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"))
    var output: String

    /// How the scales of weights of 3 bits and more are found.
    enum Scales: String, CaseIterable, ExpressibleByArgument {
        case original, search
    }

    @Option(help: "Scales of weights: of their largest value, as in the original, or of the least squared error.")
    var scales = Scales.original

    @OptionGroup var packing: PackingFlags

    @Flag(help: "Replace what is in --out.")
    var overwrite = false

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "End with a line of JSON: out, metrics, bytes, seconds, bytes_needed, largest_difference.")
    var json = false

    func work() throws {
        threads.apply()
        let settings = try DeepSpeedConfig(path: config), console = Console.current
        settings.notes.forEach { console.warn("note: \($0.description)") }
        var request = PostTrainingQuantization(model: try source.directory(), config: settings, configFile: config, output: output)
        request.overwrites = overwrite
        request.searchesScales = scales == .search
        (request.packs, request.floats) = (!packing.storesFloats, packing.floats.dtype)
        let summary = try request.run()
        (summary.plan.warnings + summary.notes).forEach { console.warn("note: \($0)") }
        try console.print("\(output): \(Quantity.bytes(summary.byteCount)); the values need \(Quantity.bytes(summary.plan.bytesAfter))")
        try console.print("outputs of the saved model differ by \(Quantity.compact(Double(summary.largestDifference) * 100))% of the largest from the fake-quantised one's")
        guard json else { return }
        let value: JSONValue = [
            "out": .string(output), "metrics": .object([]), "bytes": .integer(summary.byteCount), "seconds": .number(summary.seconds),
            "bytes_needed": .integer(summary.plan.bytesAfter), "largest_difference": .number(Double(summary.largestDifference)),
        ]
        try console.print(value.text())
    }
}
