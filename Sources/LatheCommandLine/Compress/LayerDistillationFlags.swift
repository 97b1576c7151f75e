import ArgumentParser
import LatheCompression
import LatheTraining
import LatheWorkflows

/// How layers learn one by one before they are quantised.
struct LayerDistillationFlags: ParsableArguments {
    @Flag(help: "Let each layer learn first to give what the float one gives (layer-by-layer distillation).")
    var lkd = false

    @Option(
        help: ArgumentHelp(
            "What layers read: a text, JSON lines with a text each, a file of --task, random for random tokens, or digits for the built-in images.",
            valueName: "file"), completion: .file())
    var calibration: String?

    @Option(
        help:
            "What --calibration, or --dev, is a file of: a GLUE task, or cifar10. (default: the task that the model learned)",
        completion: .list(Self.tasks), transform: Self.task)
    var task: TaskName?

    @Option(name: .customLong("lkd-steps"), help: "Updates of each layer. (default: 100)")
    var steps: Int?

    @Option(name: .customLong("lkd-learning-rate"), help: "Constant. (default: 5e-6)")
    var learningRate: Float?

    @Option(name: .customLong("lkd-batch"), help: "Sequences in an update. (default: 32)")
    var batch: Int?

    @Option(
        name: .customLong("lkd-inputs"),
        help: "What a layer reads: the float network's states, or those behind the quantised layers. (default: float)")
    var inputs: LayerDistillationOptions.Inputs?

    @Option(name: .customLong("max-length"), help: "The most tokens of a sequence. (default: 128)")
    var maxLength: Int?

    @Option(help: "Decides the order of sequences, and random tokens. (default: 42)")
    var seed: UInt64?

    @Flag(help: "Continue the run in --out after its last finished layer; no other option is needed.")
    var resume = false

    func validate() throws {
        if lkd, calibration == nil {
            throw ValidationError("--lkd needs something to read: give --calibration a file, or random.")
        }
        let others: [(String, Bool)] = [
            ("--calibration", calibration != nil), ("--lkd-steps", steps != nil),
            ("--lkd-learning-rate", learningRate != nil),
            ("--lkd-batch", batch != nil), ("--lkd-inputs", inputs != nil), ("--seed", seed != nil),
            ("--resume", resume),
        ]
        if !lkd, let (option, _) = others.first(where: { $0.1 }) { throw ValidationError("\(option) goes with --lkd.") }
        if task != nil, calibration == "random" || calibration == "digits" {
            throw ValidationError("--task goes with a file, and not with --calibration \(calibration ?? "").")
        }
        if let steps { try BenchOptions.check(steps, in: 1...1_000_000, "--lkd-steps") }
        if let batch { try BenchOptions.check(batch, in: 1...1_000_000, "--lkd-batch") }
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--lkd-learning-rate takes a number above 0, got \(learningRate).")
        }
    }

    /// The layer-by-layer distillation; `nil` without `--lkd`.
    /// - Parameter directory: the model's.
    /// - Throws: `ValidationError` for a table of which nothing names the columns.
    func distillation(for directory: String) throws -> LayerDistillation? {
        guard lkd, let calibration else { return nil }
        let isFile = calibration != "random" && calibration != "digits"
        let task = isFile ? try CalibrationTask.of(calibration, given: task, model: directory) : nil
        var distillation = LayerDistillation(source(calibration, task)), options = LayerDistillationOptions()
        options.steps = steps ?? options.steps
        options.learningRate = learningRate ?? options.learningRate
        options.batchSize = batch ?? options.batchSize
        options.inputs = inputs ?? options.inputs
        options.seed = seed ?? options.seed
        (distillation.options, distillation.maxLength, distillation.resumes) = (options, maxLength, resume)
        return distillation
    }

    private func source(_ calibration: String, _ task: TaskName?) -> LayerDistillation.Calibration {
        switch (calibration, task) {
        case ("random", _): .random
        case ("digits", _): .digits
        case (_, .cifar10): .cifar10(calibration)
        case (_, .text(let task)): .file(calibration, task: task)
        default: .file(calibration)
        }
    }

    private static let tasks =
        (GlueTask.allCases.map(TextTask.glue) + TextTask.own).map(\.name) + [TaskName.cifar10.name]

    private static func task(_ text: String) throws -> TaskName {
        if tasks.contains(text), let task = TaskName(text) { return task }
        throw ValidationError(
            "'\(text)' is no task with files to calibrate by; choose one of \(tasks.joined(separator: ", ")).")
    }
}

extension LayerDistillationOptions.Inputs: ExpressibleByArgument {}
