import LatheFiles

/// A line of `training.jsonl`. All but `seconds` and `examples_per_second` is the same for each run with the same
/// options.
struct TrainingLine {
    static let endName = "end"

    let json: JSONValue

    private init(_ event: String, _ members: [JSONValue.Member]) {
        json = .object([.init("event", .string(event))] + members)
    }

    /// `task`, `examples`, `options`, `parameters` (how many numbers they hold), `total_steps`
    static func start(_ fingerprint: TrainingFingerprint, _ plan: TrainingPlan) -> TrainingLine {
        TrainingLine(
            "start",
            [
                .init("task", .string(fingerprint.task)), .init("examples", .integer(fingerprint.exampleCount)),
                .init("options", fingerprint.options), .init("parameters", .integer(fingerprint.parameterCount)),
                .init("total_steps", .integer(plan.totalSteps)),
            ])
    }

    /// `step`, `epoch`, `loss`, `learning_rate`, `gradient_norm`, `seconds` since the run began, `examples_per_second`
    /// of this step
    static func step(_ progress: TrainingEvent.Progress, seconds: Double) -> TrainingLine {
        TrainingLine(
            "step",
            [
                .init("step", .integer(progress.step)), .init("epoch", .integer(progress.epoch)),
                .init("loss", .number(decimal: progress.loss)),
                .init("learning_rate", .number(decimal: progress.learningRate)),
                .init("gradient_norm", .number(decimal: progress.gradientNorm)),
                .init("seconds", .number(seconds)), .init("examples_per_second", .number(progress.examplesPerSecond)),
            ])
    }

    /// `step`, `metrics`, `best`, `seconds`
    static func evaluation(_ evaluated: EvaluatedStep, isBest: Bool, seconds: Double) -> TrainingLine {
        TrainingLine(
            "evaluation",
            [
                .init("step", .integer(evaluated.step)), .init("metrics", evaluated.evaluation.json),
                .init("best", .bool(isBest)),
                .init("seconds", .number(seconds)),
            ])
    }

    /// `step`; `best_step` and `metrics` of the saved model, null without evaluations; `seconds`
    static func end(_ result: TrainingResult) -> TrainingLine {
        TrainingLine(
            endName,
            [
                .init("step", .integer(result.steps)),
                .init("best_step", result.best.map { .integer($0.step) } ?? .null),
                .init("metrics", result.best?.evaluation.json ?? .null), .init("seconds", .number(result.seconds)),
            ])
    }
}
