import LatheNN

/// The steps that a training run takes, known before it begins.
public struct TrainingPlan: Sendable, Hashable {
    /// Examples to train on.
    public let exampleCount: Int
    /// Optimizer steps in which each example is met once.
    public let stepsPerEpoch: Int
    /// All optimizer steps.
    public let totalSteps: Int
    /// What the learning rate is multiplied by at each of them.
    public let schedule: LearningRateSchedule

    /// The epoch, counted from 1, that the step with number `step`, counted from 1, belongs to.
    public func epoch(of step: Int) -> Int { (step - 1) / stepsPerEpoch + 1 }
}

extension TrainingOptions {
    /// The steps that training on `exampleCount` examples takes.
    /// - Throws: `TrainingOptionsError` with everything that is out of range.
    public func plan(exampleCount: Int) throws(TrainingOptionsError) -> TrainingPlan {
        try checkRanges(exampleCount: exampleCount)
        let stepsPerEpoch = (exampleCount + batchSize - 1) / batchSize
        let totalSteps =
            switch duration {
            case .epochs(let count): count * stepsPerEpoch
            case .steps(let count): count
            }
        let warmupSteps =
            switch warmUp {
            case .steps(let count): count
            case .share(let share): Int((share * Double(totalSteps)).rounded())
            }
        try checkSteps(warmupSteps: warmupSteps, totalSteps: totalSteps)
        return TrainingPlan(
            exampleCount: exampleCount, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps,
            schedule: LearningRateSchedule(course, warmupSteps: warmupSteps, totalSteps: totalSteps, rise: rise))
    }

    /// Whether the model is evaluated after `step` steps.
    func evaluates(after step: Int, of plan: TrainingPlan) -> Bool {
        if step == plan.totalSteps { return true }
        return switch evaluations {
        case .steps(let count): step.isMultiple(of: count)
        case .epoch: step.isMultiple(of: plan.stepsPerEpoch)
        case .end: false
        }
    }

    /// Whether the step with number `step`, counted from 1, gets a line in the log.
    func logs(_ step: Int, of plan: TrainingPlan) -> Bool {
        step == 1 || step.isMultiple(of: logInterval) || step == plan.totalSteps
    }
}
