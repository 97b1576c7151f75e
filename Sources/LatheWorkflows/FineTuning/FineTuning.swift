import Foundation
import LatheDigits
import LatheFiles
import LatheModels
import LatheTraining

/// Trains a model on files, into a directory that other tools open.
///
/// ```swift
/// var request = FineTuning(model: .directory("all-MiniLM-L6-v2"), task: .glue(.sst2), train: ["train.tsv"], dev: ["dev.tsv"], output: "sentiment")
/// request.options.duration = .epochs(3)
/// let summary = try request.run()
/// ```
public struct FineTuning {
    /// What training begins from.
    public enum Start: Sendable, Hashable {
        /// A model in a directory.
        case directory(String)
        /// Random weights.
        case preset(ModelPreset)
        /// Random weights of the sizes that this `config.json` tells.
        case configuration(String)
    }

    /// What came of it.
    public struct Summary {
        public let result: TrainingResult
        /// Bytes of the file with the weights.
        public let byteCount: Int
    }

    public var model: Start
    public var task: TaskName
    /// Files to learn from; a GLUE task also takes directories with GLUE's names. The built-in digits have none.
    public var train: [String]
    /// Files to measure with; MNLI takes two. None for no measuring.
    public var dev: [String]
    /// Where the model goes.
    public var output: String
    /// The columns of a user's own tables.
    public var columns = TextColumns()
    /// The share of the examples in `train` that is held back to measure with, above 0 and below 1; `nil` for none.
    /// Only for tasks on texts without `dev`.
    public var devShare: Double?
    /// The directory of the tokenizer, where it is another than the model's.
    public var tokenizer: String?
    /// The most tokens of a text, or the tokens in a block of a language model; nil for 128 and 512, or as many as the
    /// model takes.
    public var maxLength: Int?
    /// Whether training varies images at random: digits are shifted, CIFAR-10's images cropped and mirrored.
    public var variesImages = true
    public var options = TrainingOptions(.epochs(3), batchSize: 32, learningRate: 5e-5)
    /// How what is in the output directory is taken.
    public var start = TrainingStart.new

    public init(model: Start, task: TaskName, train: [String] = [], dev: [String] = [], output: String) {
        (self.model, self.task, self.train, self.dev, self.output) = (model, task, train, dev, output)
    }

    /// Trains.
    /// - Parameters:
    ///   - hooks: what is called while training goes on.
    ///   - didOpen: hears of the model before training begins.
    /// - Throws: what is wrong with model, files or options, before anything is written; `OutputLockError` while
    ///   another run writes there; and `TrainingError`.
    public func run(
        hooks: TrainingHooks = .init(), didOpen: @escaping (PretrainedModel, TrainingPlan) -> Void = { _, _ in }
    ) throws -> Summary {
        try OutputLock.holding(directory: output) {
            try check(directory: output)
            return try train(try open(), hooks: hooks, didOpen: didOpen)
        }
    }

    private func train(
        _ opened: some OpenedTask, hooks: TrainingHooks, didOpen: (PretrainedModel, TrainingPlan) -> Void
    ) throws -> Summary {
        try train(opened.network, of: opened.model, on: opened.task, hooks: hooks, didOpen: didOpen)
    }

    /// Opens model and data.
    /// - Throws: an error that names what is wrong with the model or a file.
    public func open() throws -> any OpenedTask {
        let opening = TaskOpening(request: self)
        switch task {
        case .text(let task): return try opening.classifyTexts(task)
        case .languageModeling: return try opening.modelLanguage()
        case .digits:
            guard train.isEmpty, dev.isEmpty else {
                throw TaskError.files(task: task.name, problem: "brings its own images; leave out the files")
            }
            let split = try DigitsDataset.loadSplit()
            return try opening.classifyImages(split.train, split.test)
        case .cifar10:
            return try opening.classifyImages(
                Cifar10Dataset.load(opening.needed(train)), dev.isEmpty ? nil : Cifar10Dataset.load(dev))
        case .lambada:
            throw TaskError.files(task: task.name, problem: "is for measuring only; train with task lm")
        }
    }

    /// Trains an opened model.
    /// - Parameters:
    ///   - learner: what is trained: the network of `model`, or a module around it.
    ///   - model: what is saved when it is the best.
    ///   - task: what is learned.
    ///   - hooks: what is called while training goes on.
    ///   - didOpen: hears of the model before training begins.
    /// - Throws: what is wrong with the options, before anything is written; and `TrainingError`.
    public func train<Task: TrainingTask>(
        _ learner: Task.Model, of model: PretrainedModel, on task: Task, hooks: TrainingHooks,
        didOpen: (PretrainedModel, TrainingPlan) -> Void
    ) throws -> Summary {
        try train(
            learner, of: model, on: task, hooks: hooks, watching: task.probeBatch(for: learner), didOpen: didOpen
        ) { _ in }
    }

    /// As above, with more to say in the record.
    /// - Parameters:
    ///   - batch: runs the network of `model` to look at its layers.
    ///   - complete: adds to the record what is not known here.
    package func train<Task: TrainingTask>(
        _ learner: Task.Model, of model: PretrainedModel, on task: Task, hooks: TrainingHooks,
        watching batch: ProbeBatch,
        didOpen: (PretrainedModel, TrainingPlan) -> Void, complete: @escaping (inout RunRecord) -> Void
    ) throws -> Summary {
        let trainer = try Trainer(task, options: options), before = try LayerStatistics(model.network, watching: batch)
        // A file that changes while training goes on is not what models were measured with.
        let data = scoredData(for: model.network)
        didOpen(model, trainer.plan)
        if let summary = task.dataSummary { hooks.didReadData(summary) }
        var output = TrainingOutput<Task.Model>(directory: output, start: start) { _, directory in
            try model.save(to: directory, tokenizerFrom: tokenizerDirectory)
        }
        output.willFinish = { result in
            var record = try record(of: model, result, trainer.plan, before: before, watching: batch, scoredOn: data)
            complete(&record)
            try record.write(into: self.output)
        }
        let result = try trainer.train(learner, into: output, hooks: hooks)
        return Summary(result: result, byteCount: try MappedFile(path: self.output + "/model.safetensors").byteCount)
    }

    /// Says early what does not depend on model and data, which may take long to read.
    /// - Parameter path: where the training run will write.
    public func check(directory path: String) throws {
        try options.checkRanges(exampleCount: 1)
        let directory = TrainingDirectory(path: path)
        switch start {
        case .new: try directory.checkIsFree()
        case .resume: _ = try directory.checkpointToResume()
        case .overwrite: break
        }
    }

    /// Where the tokenizer is: with the model or its configuration, unless another place is named; nil for a preset
    /// alone.
    public var tokenizerDirectory: String? {
        if let tokenizer { return tokenizer }
        return switch model {
        case .directory(let directory): directory
        case .configuration(let path): URL(fileURLWithPath: path).deletingLastPathComponent().relativePath
        case .preset: nil
        }
    }
}
