import ArgumentParser
import LatheFiles
import LatheModels
import LatheWorkflows

/// Quantises a model without labels.
struct QuantizeCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract:
            "Round a model's weights, and from then on its inputs, as a DeepSpeed config says, without labels (ZeroQuant).",
        discussion: """
            Without --goal and --config weights and activations get 8 bits. Masks of l1 pruning work as well; what must be learned (topk scores, static input \
            ranges, weights of 1 bit) needs lathe compress. With --lkd each transformer layer first learns to give what the float one gives, from any text; a \
            run that was killed continues after its last finished layer with --resume --out DIR.

            Examples:
              lathe quantize --model sentiment --out sentiment-int8
              lathe quantize --model sentiment --goal int4 --out sentiment-int4
              lathe quantize --model sentiment --config w8a8.json --out sentiment-w8a8
              lathe quantize --model sentiment --config w4a8.json --out sentiment-w4a8 \\
                --lkd --calibration train.tsv --task sst2
              lathe quantize --model sentiment --config w8a8.json --out sentiment-w8a8 \\
                --task sst2 --dev dev.tsv
              lathe quantize --resume --out sentiment-w4a8
            """)

    @OptionGroup var source: ModelOptions

    @OptionGroup var choice: ConfigOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Files of the task to measure the model with, before and after.", valueName: "file"),
        completion: .file())
    var dev: [String] = []

    @OptionGroup(title: "Data options") var columns: ColumnFlags

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"), completion: .directory)
    var output: String

    /// How the scales of weights of 3 bits and more are found.
    enum Scales: String, CaseIterable, ExpressibleByArgument {
        case original, search
    }

    @Option(
        help:
            "Scales of weights: of their largest value, as in DeepSpeed, or of the least squared error. (default: original; search for --goal int4)"
    )
    var scales: Scales?

    @OptionGroup var packing: PackingFlags

    @Flag(help: "Replace what is in --out.")
    var overwrite = false

    @OptionGroup(title: "Layer-by-layer distillation") var layers: LayerDistillationFlags

    @OptionGroup var threads: ThreadOptions

    @Flag(
        help:
            "Print one JSON object instead: out, metrics, bytes, seconds, bytes_needed, largest_difference, rms_difference, same_labels, with --lkd layers, with --dev stages and batch."
    )
    var json = false

    func validate() throws {
        if let goal = choice.goal, goal.needsTraining {
            let command = CompressionChoice.goal(goal).compressCommand(
                model: source.model, task: layers.task, output: output)
            throw ValidationError(
                "--goal \(goal.rawValue) needs training, and lathe quantize does not train; use\n  \(command)")
        }
        if !dev.isEmpty { try columns.check(for: CalibrationTask.ofLabelled(given: layers.task, model: source.model)) }
        if layers.maxLength != nil, !layers.lkd, dev.isEmpty {
            throw ValidationError("--max-length goes with --dev or --lkd.")
        }
        if layers.task != nil, !layers.lkd, dev.isEmpty { throw ValidationError("--task goes with --dev or --lkd.") }
        if layers.resume, overwrite {
            throw ValidationError("--resume continues a run, --overwrite replaces it; give one of them.")
        }
    }

    func work() throws {
        threads.apply()
        let model = try source.directory(.modelWithCompanions), console = Console.current
        let files = dev + [choice.config, layers.calibration].compactMap { $0 }
        try OutputDirectory.check(
            output, reading: CommandInputs(models: [model], files: files), mayHoldFiles: overwrite)
        if choice.choice == nil {
            console.warn("note: no --goal and no --config: weights and activations get 8 bits (--goal int8)")
        }
        let settings = try (choice.choice ?? .goal(.int8)).settings(model: source.model, for: .compressionOnly) {
            try PretrainedModel.configuration(in: model)
        }
        settings.config.notes.forEach { console.warn("note: \($0.description)") }
        var request = PostTrainingQuantization(
            model: model, config: settings.config, configFile: settings.file, output: output)
        request.overwrites = overwrite
        request.distillation = try layers.distillation(for: model)
        request.searchesScales = scales.map { $0 == .search } ?? settings.starter?.options.searchesScales ?? false
        (request.packs, request.floats) = (!packing.storesFloats, packing.floats(settings))
        if !dev.isEmpty {
            let task = try CalibrationTask.ofLabelled(given: layers.task, model: model)
            var evaluation = ModelEvaluation(model: model, task: task, files: dev)
            (evaluation.maxLength, evaluation.columns) = (layers.maxLength, columns.columns(learnedBy: model, task))
            request.evaluation = evaluation
        }
        if let note = request.trainingNote {
            let command = (choice.choice ?? .goal(.int8)).compressCommand(
                model: source.model, task: layers.task, output: output)
            console.warn("note: \(note):\n  \(command)")
        }
        let display = LayerDistillationDisplay(isQuiet: json, output: output)
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
        RunArguments.remove(from: output)
        let stages = summary.stages
        (summary.plan.warnings + summary.notes).forEach { console.warn("note: \($0)") }
        if !stages.isEmpty { try console.print(StageReport.text(stages) + "\n") }
        try console.print(
            "\(output): \(Quantity.bytes(summary.byteCount)); the values need \(Quantity.bytes(summary.plan.bytesAfter))"
        )
        try console.print("saved and fake-quantised model: \(DifferenceText.line(summary.difference))")
        var members: [JSONValue.Member] = [
            .init("out", .string(output)), .init("metrics", stages.last?.evaluation?.json ?? .object([])),
            .init("bytes", .integer(summary.byteCount)),
            .init("seconds", .number(summary.seconds)), .init("bytes_needed", .integer(summary.plan.bytesAfter)),
        ]
        members += DifferenceText.members(summary.difference)
        if !summary.layers.isEmpty {
            let losses = summary.layers.map {
                ["first_loss": .number(decimal: $0.firstLoss), "last_loss": .number(decimal: $0.lastLoss)] as JSONValue
            }
            members.append(.init("layers", .array(losses)))
        }
        if let last = stages.last {
            members += [
                .init("stages", StageReport.json(stages)), .init("batch", last.batch.map(JSONValue.string) ?? .null),
            ]
        }
        try console.emit(.object(members))
    }
}
