import LatheFiles

/// Trains a network on a task.
///
/// ```swift
/// let trainer = try Trainer(task, options: TrainingOptions(.epochs(3), batchSize: 32, learningRate: 2e-5))
/// let output = TrainingOutput<BertModel>(directory: "out") { model, directory in
///     try ModuleFile.save(model, to: directory + "/model.safetensors")
/// }
/// let result = try trainer.train(model, into: output)
/// ```
///
/// The same options give the same weights, whatever the number of threads, and however often the run was stopped and
/// resumed.
public struct Trainer<Task: TrainingTask> {
    public let task: Task
    public let options: TrainingOptions
    /// The steps to come.
    public let plan: TrainingPlan

    /// - Throws: `TrainingOptionsError` with everything that is out of range.
    public init(_ task: Task, options: TrainingOptions) throws(TrainingOptionsError) {
        if options.curriculum != nil, task.shortened(to: 2) == nil {
            throw TrainingOptionsError(problems: [
                .init(option: "curriculum", expected: "a task with texts of equal length (lm)", got: "\(Task.self)")
            ])
        }
        plan = try options.plan(exampleCount: task.exampleCount, exampleLength: task.exampleLength)
        self.task = task
        self.options = options
    }

    /// Trains `model`, which in the end is the model of the last step; the best one is what `output` has saved.
    ///
    /// The output directory stays untouched until a first step has succeeded, but for a lock (`OutputLock`).
    /// - Parameters:
    ///   - model: what is trained, in place.
    ///   - output: where the log, checkpoints and the best model go; nil keeps nothing.
    ///   - hooks: what is called while the run goes on.
    /// - Throws: `TrainingError`, `FileError` or `SafetensorsError` for the output directory, `OutputLockError` while
    ///   another run writes there, and what the task and the closures throw.
    @discardableResult
    public func train(
        _ model: Task.Model, into output: TrainingOutput<Task.Model>? = nil, hooks: TrainingHooks = .init()
    ) throws -> TrainingResult {
        guard let output else { return try TrainingRun(self, model, nil, hooks).train() }
        return try OutputLock.holding(directory: output.directory) {
            try TrainingRun(self, model, output, hooks).train()
        }
    }
}
