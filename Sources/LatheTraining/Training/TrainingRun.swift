import LatheNN
import LatheTensor

/// One training run on its way from the first step to the last.
final class TrainingRun<Task: TrainingTask> {
    private let task: Task
    private let options: TrainingOptions
    private let plan: TrainingPlan
    private let model: Task.Model
    private let output: TrainingOutput<Task.Model>?
    private let hooks: TrainingHooks
    private let optimizer: any RestorableOptimizer
    private let source: RandomSource
    private var random: SplitMix64
    private var order: ExampleOrder
    /// Steps done.
    private var step = 0
    private var best: EvaluatedStep?
    private var clock = TrainingClock()
    /// What is on the disk; nil before the first step, and without output.
    private var record: TrainingRecord?

    init(_ trainer: Trainer<Task>, _ model: Task.Model, _ output: TrainingOutput<Task.Model>?, _ hooks: TrainingHooks) {
        task = trainer.task
        options = trainer.options
        plan = trainer.plan
        self.model = model
        self.output = output
        self.hooks = hooks
        optimizer = options.optimizer(for: model)
        source = RandomSource(seed: options.seed)
        random = SplitMix64(seed: options.seed)
        order = ExampleOrder(task, options, plan)
    }

    func train() throws -> TrainingResult {
        if let checkpoint = try output?.checkpoint() {
            try resume(checkpoint)
        } else {
            try hooks.didReach(0)
        }
        try hooks.observe(.started(plan, step: step))
        var last: EvaluatedStep?
        while step < plan.totalSteps {
            if hooks.shouldStop() { throw try interruption() }
            let progress = try takeStep()
            try beginRecord()
            if options.logs(step, of: plan) { try record?.write(.step(progress, seconds: clock.seconds)) }
            try hooks.observe(.step(progress))
            if options.evaluates(after: step, of: plan) { last = try evaluate() }
            if step < plan.totalSteps, record?.isCheckpointDue(after: step, at: clock.seconds) == true {
                try saveCheckpoint()
            }
        }
        return try finish(last)
    }

    /// Saves the last model where none was the best, and closes the record.
    private func finish(_ last: EvaluatedStep?) throws -> TrainingResult {
        if let output, best == nil { try output.saveModel(model, output.directory) }
        let result = TrainingResult(steps: step, seconds: clock.seconds, best: best, last: last)
        try output?.willFinish(result)
        try record?.finish(.end(result))
        return result
    }
}

// MARK: - A step

extension TrainingRun {
    private func takeStep() throws -> TrainingEvent.Progress {
        let examples = order.examples(of: step), start = clock.seconds
        optimizer.learningRate = options.learningRate(at: step, of: plan)
        if let betas = options.betas(at: step) { (optimizer as? any MomentumOptimizer)?.betas = betas }
        try hooks.willCompute(step, StepGradients { try self.measureGradients(of: examples) })
        optimizer.clearGradients()
        defer { optimizer.clearGradients() }
        let loss = try withRandomSource(source) {
            try withPrecision(options.precision) { try withTraining { try addGradients(of: examples, &random) } }
        }
        let gradients = optimizer.clipGradients(to: options.gradientClip)
        guard loss.isFinite, gradients.norm.isFinite else {
            throw TrainingError.notFinite(step: step + 1, loss: loss, parameter: gradients.firstNonFinitePath)
        }
        try hooks.willUpdate(step, gradients.scale)
        optimizer.step(gradientScale: gradients.scale)
        step += 1
        try hooks.didReach(step)
        return TrainingEvent.Progress(
            epoch: plan.epoch(of: step), step: step, totalSteps: plan.totalSteps, loss: loss,
            learningRate: optimizer.learningRate,
            gradientNorm: gradients.norm, examplesPerSecond: Double(examples.count) / max(clock.seconds - start, 1e-9))
    }

    /// The task with examples of the length that the step has.
    private var taskOfStep: Task {
        guard let curriculum = options.curriculum else { return task }
        return task.shortened(to: curriculum.length(at: step)) ?? task
    }

    /// Computes the gradients of the mean loss, one micro-batch after the other.
    /// - Returns: the mean loss.
    private func addGradients(of examples: [Int], _ random: inout SplitMix64) throws -> Float {
        var mean: Float = 0
        for part in options.microBatches(of: examples) {
            let share = Float(part.count) / Float(examples.count)
            let loss = try taskOfStep.loss(of: model, on: Array(part), random: &random)
            precondition(loss.elementCount == 1, "a task's loss is a single number, got shape \(loss.shape)")
            loss.backward(from: .full(loss.shape, share))
            mean += share * loss.scalar
        }
        return mean
    }

    /// Computes the gradients of the step that is next, random numbers being those that it will have.
    private func measureGradients(of examples: [Int]) throws {
        var random = random
        _ = try withRandomSource(RandomSource(source.state)) {
            try withPrecision(.float32) { try addGradients(of: examples, &random) }
        }
    }

    /// Evaluates the model, and saves it when it is the best.
    private func evaluate() throws -> EvaluatedStep? {
        // Numbers of its own, so that how often a model is evaluated changes nothing in its training.
        let evaluation = try withRandomSource(RandomSource(seed: options.seed)) {
            try withPrecision(.float32) { try withInference { try task.evaluate(model) } }
        }
        guard let evaluation else { return nil }
        let evaluated = EvaluatedStep(step: step, evaluation: evaluation)
        let isBest = step >= options.firstBestStep && evaluation.isBetter(than: best?.evaluation)
        if isBest {
            if let output { try output.saveModel(model, output.directory) }
            best = evaluated
        }
        try record?.write(.evaluation(evaluated, isBest: isBest, seconds: clock.seconds))
        try hooks.observe(.evaluation(evaluated, isBest: isBest))
        return evaluated
    }
}

// MARK: - What is on the disk

extension TrainingRun {
    private var fingerprint: TrainingFingerprint { TrainingFingerprint(task, options, model) }

    /// Goes on where `checkpoint` was written.
    private func resume(_ checkpoint: TrainingCheckpoint) throws {
        try fingerprint.check(checkpoint)
        try checkpoint.check(plan)
        let state = checkpoint.state
        try hooks.didReach(state.step)
        try checkpoint.restore(model, optimizer)
        step = state.step
        best = state.best
        source.state = state.random
        random = SplitMix64(seed: state.taskRandom)
        clock = TrainingClock(seconds: state.seconds)
        record = try output?.record(continuing: checkpoint, options.checkpoints)
    }

    /// Begins the record of a run that is new, now that something is there to record.
    private func beginRecord() throws {
        guard record == nil, let output else { return }
        record = try output.record(options.checkpoints)
        try record?.write(.start(fingerprint, plan))
    }

    private func saveCheckpoint() throws {
        guard let record else { return }
        let optimizerState = optimizer.savedState
        let state = TrainingState(
            step: step, seconds: clock.seconds, logByteCount: record.logByteCount, random: source.state,
            taskRandom: random.state, best: best,
            updates: optimizerState.steps)
        try record.save(TrainingCheckpoint(state, fingerprint, model, optimizerState), from: clock)
        try hooks.observe(.checkpoint(step: step))
    }

    private func interruption() throws -> TrainingError {
        try saveCheckpoint()
        return .interrupted(step: step, directory: output?.directory)
    }
}
