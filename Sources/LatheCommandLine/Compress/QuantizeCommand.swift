import ArgumentParser
import Lathe

/// Quantises a model without labels.
struct QuantizeCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Round a model's weights, and from then on its inputs, as a DeepSpeed config says, without labels (ZeroQuant).",
        discussion: """
            Masks of l1 pruning work as well; what must be learned (topk scores, static input ranges) needs lathe compress. With --lkd each transformer layer \
            first learns to give what the float one gives, from any text; a run that was killed goes on behind its last finished layer with --resume.

            Examples:
              lathe quantize --model sentiment --out sentiment-int8
              lathe quantize --model sentiment --config w8a8.json --out sentiment-w8a8
              lathe quantize --model sentiment --config w4a8.json --out sentiment-w4a8 \\
                --lkd --calibration train.tsv --task sst2
              lathe quantize --model sentiment --config w8a8.json --out sentiment-w8a8 \\
                --task sst2 --dev dev.tsv
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        help: ArgumentHelp("A DeepSpeed config with compression_training. (default: that of lathe config init --goal int8)", valueName: "file"),
        completion: .configs)
    var config: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Files of --task to measure the model with, before and after.", valueName: "file"), completion: .file())
    var dev: [String] = []

    @Option(name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"), completion: .directory)
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

    @OptionGroup(title: "Layer-by-layer distillation") var layers: LayerDistillationFlags

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "End with a line of JSON: out, metrics, bytes, seconds, bytes_needed, largest_difference, with --lkd layers, with --dev stages and batch.")
    var json = false

    func validate() throws {
        if !dev.isEmpty, layers.task == nil { throw ValidationError("--dev needs the --task that it is a file of.") }
        if layers.maxLength != nil, !layers.lkd, dev.isEmpty { throw ValidationError("--max-length goes with --dev or --lkd.") }
        if layers.task != nil, !layers.lkd, dev.isEmpty { throw ValidationError("--task goes with --dev or --lkd.") }
        if layers.resume, overwrite { throw ValidationError("--resume goes on with a run, --overwrite replaces it; give one of them.") }
    }

    func work() throws {
        threads.apply()
        let model = try source.directory(), console = Console.current
        let (settings, config) = try self.settings(for: model)
        settings.notes.forEach { console.warn("note: \($0.description)") }
        var request = PostTrainingQuantization(model: model, config: settings, configFile: config, output: output)
        request.overwrites = overwrite
        request.distillation = layers.distillation
        request.searchesScales = scales == .search
        (request.packs, request.floats) = (!packing.storesFloats, packing.floats.dtype)
        if !dev.isEmpty, let task = layers.task {
            request.evaluation = ModelEvaluation(model: model, task: task, files: dev)
            request.evaluation?.maxLength = layers.maxLength
        }
        let display = LayerDistillationDisplay(isQuiet: json)
        var bar: ProgressBar?
        defer {
            display.finish()
            bar?.finish()
        }
        let summary = try request.run(report: { display.hear($0) }) { done, total in
            if bar == nil { bar = ProgressBar("measuring", total: total, unit: "examples", isQuiet: true) }
            bar?.update(to: done)
            guard done == total else { return }
            bar?.finish()
            bar = nil
        }
        display.finish()
        let stages = summary.stages
        (summary.plan.warnings + summary.notes).forEach { console.warn("note: \($0)") }
        if !stages.isEmpty { try console.print(StageReport.text(stages) + "\n") }
        try console.print("\(output): \(Quantity.bytes(summary.byteCount)); the values need \(Quantity.bytes(summary.plan.bytesAfter))")
        try console.print("outputs of the saved model differ by \(Quantity.compact(Double(summary.largestDifference) * 100))% of the largest from the fake-quantised one's")
        guard json else { return }
        var members: [JSONValue.Member] = [
            .init("out", .string(output)), .init("metrics", stages.last?.evaluation?.json ?? .object([])), .init("bytes", .integer(summary.byteCount)),
            .init("seconds", .number(summary.seconds)), .init("bytes_needed", .integer(summary.plan.bytesAfter)),
            .init("largest_difference", .number(Double(summary.largestDifference))),
        ]
        if !summary.layers.isEmpty {
            let losses = summary.layers.map { ["first_loss": .number(decimal: $0.firstLoss), "last_loss": .number(decimal: $0.lastLoss)] as JSONValue }
            members.append(.init("layers", .array(losses)))
        }
        if let last = stages.last {
            members += [.init("stages", StageReport.json(stages)), .init("batch", last.batch.map(JSONValue.string) ?? .null)]
        }
        try console.print(JSONValue.object(members).text())
    }

    /// The config, and what messages call it.
    private func settings(for model: String) throws -> (DeepSpeedConfig, String) {
        if let config { return (try DeepSpeedConfig(path: config), config) }
        Console.current.warn("note: no --config: weights and inputs get 8 bits (lathe config init --goal int8)")
        let file = "the config for int8", starter = try StarterConfig(.int8, for: ModelConfiguration(directory: model), model: model)
        return (try DeepSpeedConfig(json: starter.json, file: file), file)
    }
}
