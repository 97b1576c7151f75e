import ArgumentParser
import LatheCompression
import LatheFiles
import LatheModels
import LatheTraining
import LatheWorkflows

/// Compresses a model, training on files.
struct CompressCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress",
        abstract:
            "Compress a model towards a goal, or by a DeepSpeed config: quantise, prune, leave out layers, distil.",
        discussion: """
            Trains under the config's techniques, each from its offset on, keeps the best model from the last offset on, makes everything permanent, checks \
            that nothing changed by that, and measures before and after. --distill one_stage learns from --teacher (or from the model as it was): its logits, \
            attention scores and hidden states; a language model (lm) from its text and the teacher's distribution of each next token. What a flag does not \
            say is taken from the config, then from the defaults of lathe train.

            --goal takes the place of --config and of the options that go with it: 1bit, half-size and pruned learn from the model as it was. int8 and int4 \
            train for what lathe quantize only rounds; try lathe quantize first.

            Examples:
              lathe compress --model sentiment --goal 1bit \\
                --task sst2 --train train.tsv --dev dev.tsv --out small
              lathe compress --model sentiment --config w1a8.json --distill one_stage \\
                --task sst2 --train train.tsv --dev dev.tsv --out small
              lathe compress --model student --teacher sentiment --config xtc.json \\
                --distill one_stage --task sst2 --train train.tsv --dev dev.tsv --out tiny
              lathe compress --model digits --config channels.json --task digits --out half
              lathe compress --resume --out half
            """)

    enum Distillation: String, CaseIterable, ExpressibleByArgument {
        case none
        case oneStage = "one_stage"
    }

    @OptionGroup var source: ModelOptions

    @OptionGroup var choice: ConfigOptions

    @Option(
        help: ArgumentHelp("The model to learn from. (default: the model itself, as it is)", valueName: "dir"),
        completion: .directory)
    var teacher: String?

    @Option(
        help:
            "How to learn from the teacher. (default: one_stage with --teacher or, for a transformer, --goal; else none)"
    )
    var distill: Distillation?

    @Option(help: "What to learn: \(TaskName.help).", completion: .tasks, transform: TaskName.parse)
    var task: TaskName

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Files to learn from.", valueName: "file"), completion: .file())
    var train: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Files to measure with.", valueName: "file"), completion: .file())
    var dev: [String] = []

    @OptionGroup(title: "Data options") var columns: ColumnFlags

    @OptionGroup var measuring: MeasuringFlags

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(
        name: .customLong("max-length"),
        help: "The most tokens of a text, or the tokens in a block of a language model. (default: 128, and 512)")
    var maxLength: Int?

    @OptionGroup(title: "Training options") var training: TrainingFlags

    @OptionGroup(title: "Distillation options") var distillation: DistillationFlags

    @Option(
        help:
            "How the scores of topk pruning begin: at the weights' magnitudes, at noise as in the original, or heads at noise and all else at magnitudes."
    )
    var scores = ScoreStart.standard

    @OptionGroup var packing: PackingFlags

    @Flag(help: "Continue the run in --out; no other option is needed.")
    var resume = false

    @Flag(help: "Replace what is in --out.")
    var overwrite = false

    @OptionGroup var threads: ThreadOptions

    @Flag(
        help:
            "Print one JSON object instead: out, metrics, bytes, seconds, before, parameters, bytes_needed, largest_difference, rms_difference, same_labels, stages, batch."
    )
    var json = false

    func validate() throws {
        _ = try choice.required()
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        try columns.check(for: task)
        try measuring.check(for: task, dev: dev)
        if resume, overwrite {
            throw ValidationError("--resume continues a run, --overwrite replaces it; give one of them.")
        }
        if distill == Distillation.none, teacher != nil {
            throw ValidationError("--teacher has nothing to do with --distill none; leave out one of them.")
        }
    }

    func work() throws {
        threads.apply()
        let console = Console.current
        let settings = try choice.required().settings(model: source.model, for: .training) {
            try PretrainedModel.configuration(in: source.directory())
        }
        let directory = try source.directory(.modelWithCompanions)
        settings.config.notes.forEach { console.warn("note: \($0.description)") }
        var training = FineTuning(model: .directory(directory), task: task, train: train, dev: dev, output: output)
        training.maxLength = maxLength
        training.columns = columns.columns(learnedBy: source.model, task)
        training.devShare = measuring.devShare
        training.variesImages = !self.training.showsImagesAsTheyAre
        training.options = try self.training.options(for: task, settings.config)
        training.start = resume ? .resume : overwrite ? .overwrite : .new
        var request = CompressionRequest(training, config: settings.config, configFile: settings.file)
        request.teacher = try teacher.map { try HubProgress.directory(for: $0) }
        let models = training.model.directories + [request.teacher].compactMap { $0 },
            files = train + dev + [choice.config].compactMap { $0 }
        try OutputDirectory.check(output, reading: CommandInputs(models: models, files: files), mayHoldFiles: overwrite)
        let distills = distill.map { $0 == .oneStage } ?? (teacher != nil || settings.starter?.options.distills == true)
        if distills, teacher == nil, choice.goal != nil { try checkTeaches(directory) }
        if distills { request.distillation = distillation.options(for: task) }
        request.scores = scores
        (request.packs, request.floats) = (!packing.storesFloats, packing.floats(settings))
        if let note = measuring.note(for: task, dev: dev) { Console.current.warn("note: \(note)") }
        let interruption = Interruption(),
            display = CompressionDisplay(isQuiet: json) { RunArguments.write(into: output) }
        defer { interruption.end() }
        let summary = try StoppedRun.explaining("compress", output, totalSteps: { display.totalSteps }) {
            defer { display.finish() }
            return try RunArguments.untilFinished(output) {
                try request.run(shouldStop: { interruption.isRequested }, report: { display.hear($0) })
            }
        }
        try CompressionText.report(summary, output: output, showsConfusion: measuring.confusion)
    }

    /// Makes sure that the model can teach its student the task.
    private func checkTeaches(_ directory: String) throws {
        let head = try PretrainedModel.configuration(in: directory).architecture.head
        guard head == .base || head == .maskedLanguageModel, task != .languageModeling else { return }
        throw HeadlessTeacherError(model: source.model, task: task.name)
    }
}

/// A model that has nothing to teach a task with.
private struct HeadlessTeacherError: DescribedError {
    let model, task: String

    var description: String {
        "\(model): has no head to teach \(task) with; train one first (lathe train --model \(model) --task \(task) …) and compress what comes of it, "
            + "name another model with --teacher, or learn from labels alone with --distill none"
    }
}

extension ScoreStart: ExpressibleByArgument {}
