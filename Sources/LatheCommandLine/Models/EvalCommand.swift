import ArgumentParser
import Lathe

/// Measures a model.
struct EvalCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a model: GLUE's metrics, perplexity, last-word accuracy, accuracy on images.",
        discussion: """
            Examples:
              lathe eval --model sentiment --task sst2 --data glue/SST-2/dev.tsv
              lathe eval --model nli --task mnli --data glue/MNLI
              lathe eval --model openai-community/gpt2 --task lm --data text.txt --stride 512
              lathe eval --model digits --json
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        help: "What to measure: \(TaskName.help). (default: what the model's lathe.json or training.jsonl says that it learned)",
        completion: .tasks, transform: TaskName.parse)
    var task: TaskName?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The files to measure with: TSV, CSV or JSON lines of a GLUE task, or a directory with GLUE's files; texts for lm and lambada.", valueName: "file"),
        completion: .file())
    var data: [String] = []

    @Option(name: .customLong("max-length"), help: "The most tokens of a text, or the window of a language model. (default: 128, or as many as the model takes)")
    var maxLength: Int?

    @Option(help: "Tokens from one window of a language model to the next. (default: half a window)")
    var stride: Int?

    @Option(help: ArgumentHelp("Write a classifier's outputs for every example to this file, as JSON lines.", valueName: "file"), completion: .file())
    var predictions: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: task, metrics, examples.")
    var json = false

    func validate() throws {
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        if let stride { try BenchOptions.check(stride, in: 1...1_048_576, "--stride") }
        if let task { try check(task) }
    }

    /// Makes sure that options go with the task.
    private func check(_ task: TaskName) throws {
        if stride != nil, task != .languageModeling { throw ValidationError("--stride is for task lm.") }
        if predictions != nil, !task.isClassification { throw ValidationError("--predictions is for classifiers, and not for task \(task.name).") }
        if maxLength != nil, !task.takesLength { throw ValidationError("--max-length does not go with task \(task.name).") }
    }

    func work() throws {
        threads.apply()
        let model = try source.directory(), task = try self.task ?? learnedTask(model)
        var request = ModelEvaluation(model: model, task: task, files: data)
        (request.maxLength, request.stride) = (maxLength, stride)
        var bar: ProgressBar?
        defer { bar?.finish() }
        let summary = try request.run { done, total in
            if bar == nil { bar = ProgressBar("evaluating", total: total, unit: "examples", isQuiet: true) }
            bar?.update(to: done)
        }
        bar?.finish()
        bar = nil
        let console = Console.current
        try console.print(EvaluationText.lines(summary.evaluation))
        if let predictions { try Self.write(summary, to: predictions) }
        try console.emit(["task": .string(task.name), "metrics": summary.evaluation.json, "examples": .integer(summary.exampleCount)])
    }

    private func learnedTask(_ model: String) throws -> TaskName {
        guard let task = TaskName(learnedBy: model) else {
            throw ValidationError("--task is missing, and \(model) does not say what it learned; choose one of \(TaskName.help).")
        }
        try check(task)
        return task
    }

    /// One object for each example: its outputs, and which of the labels is the largest.
    private static func write(_ summary: ModelEvaluation.Summary, to path: String) throws {
        try AtomicFile.write(to: path) { file in
            for outputs in summary.outputs {
                var best = 0
                for index in outputs.indices where outputs[index] > outputs[best] { best = index }
                var members: [JSONValue.Member] = [.init("outputs", .array(outputs.map(JSONValue.number(decimal:))))]
                if outputs.count > 1 { members.append(.init("label", .string(summary.labels[best]))) }
                try file.write(JSONValue.object(members).text() + "\n")
            }
        }
    }
}

/// Metrics as people read them.
enum EvaluationText {
    /// A line for each metric.
    static func lines(_ evaluation: Evaluation) -> String {
        let parts = parts(evaluation), width = parts.map(\.name.count).max() ?? 0
        return parts.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }.joined(separator: "\n")
    }

    /// All in one line: `accuracy 0.8645, f1 0.8800`.
    static func line(_ evaluation: Evaluation) -> String {
        parts(evaluation).map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }

    /// The metrics with their values; MNLI's two accuracies are one, `acc/mm-acc`, as GLUE's scripts print them.
    static func parts(_ evaluation: Evaluation) -> [(name: String, value: String)] {
        if let matched = evaluation["accuracy"], let mismatched = evaluation["accuracy_mm"] {
            return [("acc/mm-acc", "\(Quantity.decimal(matched, 4))/\(Quantity.decimal(mismatched, 4))")]
        }
        return evaluation.metrics.map { ($0.name, Quantity.decimal($0.value, 4)) }
    }
}

extension TaskName {
    static let help = all.map(\.name).joined(separator: ", ")

    /// Whether models tell classes apart, or tell a number.
    var isClassification: Bool { self != .languageModeling && self != .lambada }

    /// Whether texts may be cut.
    var takesLength: Bool { self != .lambada && self != .digits && self != .cifar10 }

    static func parse(_ text: String) throws -> TaskName {
        if let task = TaskName(text) { return task }
        let nearest = NearestName.of([text], in: all.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("'\(text)' is no task; choose one of \(help).\(nearest)")
    }
}
