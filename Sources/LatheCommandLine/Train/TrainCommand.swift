import ArgumentParser
import LatheFiles
import LatheModels
import LatheTraining
import LatheWorkflows

/// Trains a model on files.
struct TrainCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fine-tune a model, or train one from random weights.",
        discussion: """
            The best model by the task's first metric is kept in --out, with config.json and the tokenizer, as Hugging Face's tools open it; training.jsonl \
            beside it is the log. A run that was stopped or killed continues with --resume --out DIR, to the very numbers of one that was not.

            Examples:
              lathe train --model sentence-transformers/all-MiniLM-L6-v2 --task sst2 \\
                --train glue/SST-2/train.tsv --dev glue/SST-2/dev.tsv --out sentiment
              lathe train --model google-bert/bert-base-uncased --task classification \\
                --train tickets.csv --text-column body --label-column queue \\
                --dev-share 0.1 --out tickets
              lathe train --model bert-base-uncased --task mnli --train glue/MNLI \\
                --dev glue/MNLI --out nli --precision bf16 --eval-steps 1000
              lathe train --model openai-community/gpt2 --task lm --train text.txt \\
                --dev more.txt --out my-gpt2 --batch 4 --accumulation 2
              lathe train --task lm --distill --teacher openai-community/gpt2 --student-layers 10 \\
                --kd-stop 0.6 --train text.txt --dev more.txt --out student
              lathe train --model resnet20 --task cifar10 --train data_batch_*.bin \\
                --dev test_batch.bin --out cifar --epochs 100 --learning-rate 1e-3
              lathe train --model resnet20 --task digits --out digits
              lathe train --resume --out digits
            """)

    @Option(
        help: ArgumentHelp(
            "A directory, a name on the hub (org/model), or random weights: \(Self.presets), or a config.json with other sizes.",
            valueName: "dir"),
        completion: .modelsAndPresets)
    var model: String?

    @Option(help: "What to learn: \(TaskName.help).", completion: .tasks, transform: TaskName.parse)
    var task: TaskName

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Files to learn from.", valueName: "file"), completion: .file())
    var train: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Files to measure with; mnli takes two, or GLUE's directory.", valueName: "file"),
        completion: .file())
    var dev: [String] = []

    @OptionGroup(title: "Data options") var columns: ColumnFlags

    @OptionGroup var measuring: MeasuringFlags

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the model goes.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(
        help: ArgumentHelp("A directory with a tokenizer, where it is not the model's.", valueName: "dir"),
        completion: .directory)
    var tokenizer: String?

    @Option(
        name: .customLong("max-length"),
        help: "The most tokens of a text, or the tokens in a block of a language model. (default: 128, and 512)")
    var maxLength: Int?

    @OptionGroup(title: "Training options") var training: TrainingFlags

    @OptionGroup(title: "Distillation options") var teaching: TeacherFlags

    @Flag(help: "Continue the run in --out; no other option is needed.")
    var resume = false

    @Flag(help: "Replace what is in --out.")
    var overwrite = false

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: out, metrics, bytes, seconds, steps, best_step.")
    var json = false

    func validate() throws {
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        if resume, overwrite {
            throw ValidationError("--resume continues a run, --overwrite replaces it; give one of them.")
        }
        try teaching.check(for: task)
        try columns.check(for: task)
        try measuring.check(for: task, dev: dev)
        if model == nil, teaching.layers == nil {
            throw ValidationError(
                "--model is missing; name a directory, a model on the hub, or random weights such as bert-base, gpt2 or resnet20."
            )
        }
    }

    func work() throws {
        threads.apply()
        // Without a model, the student has the teacher's files.
        let teacher = try teaching.teacher.map {
            try HubProgress.directory(for: $0, files: model == nil ? .modelWithCompanions : .model)
        }
        var request = FineTuning(model: try start(teacher), task: task, train: train, dev: dev, output: output)
        let models = request.model.directories + [teacher].compactMap { $0 },
            files = train + dev + [model].compactMap { $0 }
        try OutputDirectory.check(output, reading: CommandInputs(models: models, files: files), mayHoldFiles: overwrite)
        request.tokenizer = try tokenizer.map { try HubProgress.directory(for: $0) }
        request.maxLength = maxLength
        request.columns = columns.columns(learnedBy: model, task)
        request.devShare = measuring.devShare
        request.variesImages = !training.showsImagesAsTheyAre
        request.options = try training.options(for: task)
        request.start = resume ? .resume : overwrite ? .overwrite : .new
        if let note = measuring.note(for: task, dev: dev) { Console.current.warn("note: \(note)") }
        let interruption = Interruption()
        defer { interruption.end() }
        let progress = TrainingDisplay(isQuiet: json) { RunArguments.write(into: output) }
        var hooks = TrainingHooks()
        hooks.observe = { progress.hear($0) }
        hooks.shouldStop = { interruption.isRequested }
        hooks.didReadData = DataText.show
        let summary = try StoppedRun.explaining("train", output, totalSteps: { progress.totalSteps }) {
            defer { progress.finish() }
            return try RunArguments.untilFinished(output) {
                try run(request, teacher, hooks) { progress.didOpen($0, $1) }
            }
        }
        try report(summary)
    }

    /// What training begins from; where nothing is named, a student of the teacher.
    private func start(_ teacher: String?) throws -> FineTuning.Start {
        guard let model else { return .directory(teacher ?? "") }
        if let preset = ModelPreset(model), !ModelSource.isDirectory(model) { return .preset(preset) }
        if model.hasSuffix(".json"), !ModelSource.isDirectory(model) { return .configuration(model) }
        return .directory(try HubProgress.directory(for: model, files: .modelWithCompanions))
    }

    private func run(
        _ training: FineTuning, _ teacher: String?, _ hooks: TrainingHooks,
        didOpen: @escaping (PretrainedModel, TrainingPlan) -> Void
    ) throws -> FineTuning.Summary {
        guard let teacher else { return try training.run(hooks: hooks, didOpen: didOpen) }
        var request = DistilledTraining(training, teacher: teacher)
        (request.layers, request.distillation) = (teaching.layers, teaching.distillation.options(for: task))
        return try request.run(hooks: hooks, didOpen: didOpen)
    }

    private func report(_ summary: FineTuning.Summary) throws {
        let console = Console.current, result = summary.result
        if let best = result.best {
            try console.print("best after step \(best.step): \(EvaluationText.line(best.evaluation))")
            for line in EvaluationText.remarks(best.evaluation) { try console.print(line) }
            if measuring.confusion { try EvaluationText.printConfusion(best.evaluation) }
            EvaluationText.warnIfNoBetter(best.evaluation)
        }
        try console.print(
            "\(output): \(Quantity.bytes(summary.byteCount)), \(result.steps) steps in \(Quantity.duration(result.seconds))"
        )
        let value: JSONValue = [
            "out": .string(output), "metrics": result.best?.evaluation.json ?? .object([]),
            "bytes": .integer(summary.byteCount),
            "seconds": .number(result.seconds), "steps": .integer(result.steps),
            "best_step": result.best.map { .integer($0.step) } ?? .null,
        ]
        try console.emit(
            value.adding(EvaluationText.members(result.best?.evaluation, hasConfusion: measuring.confusion)))
    }

    private static let presets =
        "bert-base, gpt2, patch-encoder, resnet20 (8, 14, 32, 44, 56, 110; -nobn without batch normalisation), resnet18 (34, 50, 101, 152)"
}
