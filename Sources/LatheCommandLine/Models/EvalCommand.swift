import ArgumentParser
import LatheFiles
import LatheTraining
import LatheWorkflows

/// Measures a model.
struct EvalCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract:
            "Measure a model: classes, labels and numbers of texts, GLUE's metrics, perplexity, last-word accuracy, accuracy on images.",
        discussion: """
            Shares have their binomial standard error behind ±. A model that is no better than always giving the commonest answer is warned of.

            Examples:
              lathe eval --model tickets --data held-back.csv --confusion
              lathe eval --model sentiment --task sst2 --data glue/SST-2/dev.tsv
              lathe eval --model nli --task mnli --data glue/MNLI
              lathe eval --model openai-community/gpt2 --task lm --data text.txt --stride 512
              lathe eval --model digits --json
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        help:
            "What to measure: \(TaskName.help). (default: what the model's lathe.json or training.jsonl says that it learned)",
        completion: .tasks, transform: TaskName.parse)
    var task: TaskName?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The files to measure with: TSV, CSV or JSON lines of a GLUE task, or a directory with GLUE's files; texts for lm and lambada.",
            valueName: "file"),
        completion: .file())
    var data: [String] = []

    @OptionGroup(title: "Data options") var columns: ColumnFlags

    @Option(
        name: .customLong("dev-share"),
        help: "Measure with the share of the files that lathe train --dev-share held back, and with no more.")
    var devShare: Double?

    @Flag(help: "Show how often each class was answered for each.")
    var confusion = false

    @Option(
        name: .customLong("max-length"),
        help:
            "The most tokens of a text, or the window of a language model. (default: 128, or as many as the model takes)"
    )
    var maxLength: Int?

    @Option(help: "Tokens from one window of a language model to the next. (default: half a window)")
    var stride: Int?

    @Option(
        help: ArgumentHelp(
            "Write a classifier's outputs for every example to this file, as JSON lines.", valueName: "file"),
        completion: .file())
    var predictions: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(
        help:
            "Print one JSON object instead: task, metrics, examples, standard_errors, baseline, with --confusion labels and confusion."
    )
    var json = false

    func validate() throws {
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        if let stride { try BenchOptions.check(stride, in: 1...1_048_576, "--stride") }
        if let task { try check(task) }
        if let devShare { try MeasuringFlags.check(devShare) }
    }

    /// Makes sure that options go with the task.
    private func check(_ task: TaskName) throws {
        if stride != nil, task != .languageModeling { throw ValidationError("--stride is for task lm.") }
        if predictions != nil, !task.isClassification {
            throw ValidationError("--predictions is for classifiers, and not for task \(task.name).")
        }
        try columns.check(for: task)
        if confusion, !task.hasClasses {
            throw ValidationError("--confusion is for tasks with classes, and not for task \(task.name).")
        }
        if maxLength != nil, !task.takesLength {
            throw ValidationError("--max-length does not go with task \(task.name).")
        }
    }

    func work() throws {
        threads.apply()
        if let predictions {
            try CommandInputs(models: [source.model], files: data).check(
                outputFile: predictions, option: "--predictions")
        }
        let model = try source.directory(), task = try self.task ?? learnedTask(model)
        var request = ModelEvaluation(model: model, task: task, files: data)
        (request.maxLength, request.stride, request.devShare) = (maxLength, stride, devShare)
        request.columns = columns.columns(learnedBy: model, task)
        var bar: ProgressBar?
        defer { bar?.finish() }
        let summary = try request.run { done, total in
            if bar == nil { bar = ProgressBar("evaluating", total: total, unit: "examples", isQuiet: true) }
            bar?.update(to: done)
        }
        bar?.finish()
        bar = nil
        let console = Console.current
        if let data = summary.data { DataText.showColumns(data) }
        try console.print(EvaluationText.lines(summary.evaluation))
        if confusion { try EvaluationText.printConfusion(summary.evaluation) }
        EvaluationText.warnIfNoBetter(summary.evaluation)
        if let predictions { try Self.write(summary, to: predictions) }
        let value: JSONValue = [
            "task": .string(task.name), "metrics": summary.evaluation.json, "examples": .integer(summary.exampleCount),
        ]
        try console.emit(value.adding(EvaluationText.members(summary.evaluation, hasConfusion: confusion)))
    }

    private func learnedTask(_ model: String) throws -> TaskName {
        guard let task = TaskName(learnedBy: model) else {
            throw ValidationError(
                "--task is missing, and \(model) does not say what it learned; choose one of \(TaskName.help).")
        }
        try check(task)
        return task
    }

    /// The label with the largest output or, of a multi-label model, those that are likelier than not; nothing for a
    /// number.
    private static func answer(_ outputs: [Float], _ summary: ModelEvaluation.Summary) -> [JSONValue.Member] {
        if summary.problem == .multiLabel {
            return [
                .init("labels", .array(outputs.indices.filter { outputs[$0] > 0 }.map { .string(summary.labels[$0]) }))
            ]
        }
        guard outputs.count > 1, let best = outputs.indices.max(by: { (outputs[$0], $1) < (outputs[$1], $0) }) else {
            return []
        }
        return [.init("label", .string(summary.labels[best]))]
    }

    /// One object for each example: its outputs, and the answer that they stand for.
    private static func write(_ summary: ModelEvaluation.Summary, to path: String) throws {
        try AtomicFile.write(to: path) { file in
            for outputs in summary.outputs {
                let members: [JSONValue.Member] = [.init("outputs", .array(outputs.map(JSONValue.number(decimal:))))]
                try file.write(JSONValue.object(members + answer(outputs, summary)).text() + "\n")
            }
        }
    }
}

extension TaskName {
    static let help = all.map(\.name).joined(separator: ", ")

    /// Whether models tell classes apart, or tell a number.
    var isClassification: Bool { self != .languageModeling && self != .lambada }

    /// Whether models choose one class of several.
    var hasClasses: Bool {
        if case .text(let task) = self { return task.problem == .singleLabel }
        return false
    }

    /// Whether texts may be cut.
    var takesLength: Bool { self != .lambada && self != .digits && self != .cifar10 }

    static func parse(_ text: String) throws -> TaskName {
        if let task = TaskName(text) { return task }
        let nearest = NearestName.of([text], in: all.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("'\(text)' is no task; choose one of \(help).\(nearest)")
    }
}
