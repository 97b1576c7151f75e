import ArgumentParser
import LatheTraining
import LatheWorkflows

/// What a network reads while it is watched.
struct CalibrationFlags: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What the model reads: a text, JSON lines with a text each, a file of --task, or random for random tokens. Not for digits.",
            valueName: "file"),
        completion: .file())
    var calibration: [String] = []

    @Option(
        help:
            "The task that files are of: one of GLUE's, lm, digits, cifar10. (default: the task that the model learned)",
        completion: .tasks, transform: TaskName.parse)
    var task: TaskName?

    @Option(help: "Sequences or images at most.")
    var samples = 128

    @Option(name: .customLong("max-length"), help: "The most tokens of a sequence. (default: 128)")
    var maxLength: Int?

    func validate() throws {
        try BenchOptions.check(samples, in: 1...1_000_000, "--samples")
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
    }

    /// Makes sure that there is something to read for a model.
    /// - Parameter model: a directory, or a name on the hub.
    func check(for model: String) throws {
        switch task ?? TaskName(learnedBy: model) {
        case .lambada: throw ValidationError("--task lambada has passages for measuring; give --task lm, or none.")
        case .digits:
            if !calibration.isEmpty {
                throw ValidationError("--task digits brings its own images; leave out --calibration.")
            }
        case .cifar10:
            if calibration.isEmpty {
                throw ValidationError("--task cifar10 needs its files: name them with --calibration.")
            }
        default:
            if calibration.isEmpty {
                throw ValidationError("--calibration is missing: name a file of texts, or random for random tokens.")
            }
            if calibration.count != 1 {
                throw ValidationError("--calibration takes one file, or random, got \(calibration.count).")
            }
        }
    }

    /// The calibration data of the model in `directory`.
    /// - Throws: `ValidationError` for a table of which nothing names the columns.
    func data(for directory: String) throws -> CalibrationData {
        let isRandom = calibration == ["random"]
        let source: CalibrationData.Source =
            switch try isRandom ? nil : CalibrationTask.of(calibration.first, given: task, model: directory) {
            case .digits: .digits
            case .cifar10: .cifar10(calibration)
            case .text(let task): .text(calibration[0], task: task)
            default: isRandom ? .randomTokens : .text(calibration[0])
            }
        var data = CalibrationData(source)
        (data.sampleCount, data.maxLength) = (samples, maxLength)
        return data
    }
}
