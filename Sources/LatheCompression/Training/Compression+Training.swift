import LatheTraining

/// Training under compression.
extension Compression {
    /// Trains `model`, which is the network or computes with it, while the techniques come into force as the schedule
    /// says. What it has not reached in the end, `clean()` leaves out.
    ///
    /// Among models of different steps, the best is sought behind the last change that the schedule brings.
    /// - Parameters:
    ///   - model: what learns: the network, or a module around it.
    ///   - task: what it learns.
    ///   - options: how; `firstBestStep` rises to what the schedule needs.
    ///   - output: where the log, checkpoints and the best model go; nil keeps nothing. Only a run with the same config
    ///     goes on with a checkpoint.
    ///   - hooks: what else is to be called.
    /// - Throws: what `Trainer` throws.
    @discardableResult
    public func train<Task: TrainingTask>(
        _ model: Task.Model, on task: Task, options: TrainingOptions, into output: TrainingOutput<Task.Model>? = nil,
        hooks: TrainingHooks = .init()
    ) throws -> TrainingResult {
        var options = options
        let totalSteps = try options.plan(exampleCount: task.exampleCount, exampleLength: task.exampleLength).totalSteps
        options.firstBestStep = max(options.firstBestStep, schedule.firstBestStep(totalSteps: totalSteps))
        let trainer = try Trainer(CompressedTask(task, by: self), options: options)
        attach()
        let result = try trainer.train(model, into: output, hooks: self.hooks(beside: hooks))
        finish(after: result.steps)
        return result
    }

    /// What a `Trainer` has to call for this compression, and then what `others` want to be called.
    public func hooks(beside others: TrainingHooks = .init()) -> TrainingHooks {
        var hooks = others
        hooks.didReach = { step in
            self.follow(step: step)
            try others.didReach(step)
        }
        hooks.willCompute = { step, gradients in
            try self.prepare(step: step, addGradients: gradients.add)
            try others.willCompute(step, gradients)
        }
        hooks.willUpdate = { step, scale in
            self.observeGradients(step: step, scale: scale)
            try others.willUpdate(step, scale)
        }
        return hooks
    }
}
