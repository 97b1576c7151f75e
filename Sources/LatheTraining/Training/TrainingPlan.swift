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
    /// - Parameters:
    ///   - exampleCount: examples to train on.
    ///   - exampleLength: the tokens of each, where all have as many; a duration or a warm-up in tokens needs it.
    /// - Throws: `TrainingOptionsError` with everything that is out of range.
    public func plan(exampleCount: Int, exampleLength: Int? = nil) throws(TrainingOptionsError) -> TrainingPlan {
        try checkRanges(exampleCount: exampleCount)
        let stepsPerEpoch = (exampleCount + batchSize - 1) / batchSize
        func steps(for tokens: Int, _ option: String) throws(TrainingOptionsError) -> Int {
            guard let exampleLength, exampleLength > 0 else {
                throw TrainingOptionsError(problems: [
                    .init(option: option, expected: "a task with texts of equal length (lm)", got: "\(tokens) tokens")
                ])
            }
            return self.steps(for: tokens, exampleCount, exampleLength)
        }
        let totalSteps =
            switch duration {
            case .epochs(let count): count * stepsPerEpoch
            case .steps(let count): count
            case .tokens(let count): max(1, try steps(for: count, "tokens"))
            }
        let warmupSteps =
            switch warmUp {
            case .steps(let count): count
            case .tokens(let count): try steps(for: count, "warmup_tokens")
            case .share(let share): Int((share * Double(totalSteps)).rounded())
            }
        try checkSteps(warmupSteps: warmupSteps, totalSteps: totalSteps)
        var schedule = LearningRateSchedule(course, warmupSteps: warmupSteps, totalSteps: totalSteps, rise: rise)
        schedule.warmupStart = warmupStart ?? 0
        return TrainingPlan(
            exampleCount: exampleCount, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps, schedule: schedule)
    }

    /// The steps after which at least so many tokens have been trained on.
    private func steps(for tokens: Int, _ exampleCount: Int, _ exampleLength: Int) -> Int {
        let stepsPerEpoch = (exampleCount + batchSize - 1) / batchSize,
            lastBatch = exampleCount - (stepsPerEpoch - 1) * batchSize
        guard curriculum != nil else {
            let perEpoch = exampleCount * exampleLength, epochs = tokens / perEpoch, rest = tokens % perEpoch
            return epochs * stepsPerEpoch + (rest + batchSize * exampleLength - 1) / (batchSize * exampleLength)
        }
        var step = 0, done = 0
        while done < tokens {
            let count = step % stepsPerEpoch == stepsPerEpoch - 1 ? lastBatch : batchSize
            done += count * min(curriculum?.length(at: step) ?? exampleLength, exampleLength)
            step += 1
        }
        return step
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
