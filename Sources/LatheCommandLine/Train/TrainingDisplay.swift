import LatheFiles
import LatheModels
import LatheTraining

/// Shows a training run: a progress bar, and a line for each evaluation.
final class TrainingDisplay {
    private let console = Console.current
    private let isQuiet: Bool
    private var bar: ProgressBar?
    /// The steps of the run; 0 before it has begun.
    private(set) var totalSteps = 0
    private let didBegin: () -> Void

    /// - Parameter didBegin: called after the first step of a new run, when its directory exists.
    init(isQuiet: Bool, didBegin: @escaping () -> Void = {}) { (self.isQuiet, self.didBegin) = (isQuiet, didBegin) }

    /// Says what begins anew.
    func didOpen(_ model: PretrainedModel, _ plan: TrainingPlan) {
        let parameters = Quantity.count(model.network.parameterCount), name = model.configuration.architecture.className
        let from = model.directory.map { "from \($0)" } ?? "with random weights"
        console.warn(
            "\(name) \(from), \(parameters) parameters; \(plan.exampleCount) examples, \(plan.totalSteps) steps")
        if model.directory != nil, !model.freshParameters.isEmpty {
            console.warn("new, with random weights: \(model.freshParameters.joined(separator: ", "))")
        }
    }

    func hear(_ event: TrainingEvent) {
        switch event {
        case .started(let plan, let step):
            totalSteps = plan.totalSteps
            if step > 0 { console.warn("resuming after step \(step)") }
            bar = ProgressBar("training", total: plan.totalSteps, unit: "steps", isQuiet: isQuiet, from: step)
        case .step(let progress):
            if progress.step == 1 { didBegin() }
            bar?.update(to: progress.step, note: "loss " + Quantity.decimal(Double(progress.loss), 4))
        case .evaluation(let evaluated, let isBest):
            bar?.interrupt()
            console.warn(
                "step \(evaluated.step): \(EvaluationText.line(evaluated.evaluation))"
                    + (isBest ? " (best, saved)" : ""))
        case .checkpoint: break
        }
    }

    /// Clears the bar's line, for another text to take its place.
    func interrupt() { bar?.interrupt() }

    func finish() {
        bar?.finish()
        bar = nil
    }
}
