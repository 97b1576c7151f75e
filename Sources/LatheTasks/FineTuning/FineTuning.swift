import Foundation
import LatheModels
import LatheNN
import LatheTensor

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
    /// The directory of the tokenizer, where it is another than the model's.
    public var tokenizer: String?
    /// The most tokens of a text, or the tokens in a block of a language model; nil for 128 and 512, or as many as the model takes.
    public var maxLength: Int?
    public var options = TrainingOptions(.epochs(3), batchSize: 32, learningRate: 5e-5)
    /// How what is in the output directory is taken.
    public var start = TrainingStart.new

    public init(model: Start, task: TaskName, train: [String] = [], dev: [String] = [], output: String) {
        (self.model, self.task, self.train, self.dev, self.output) = (model, task, train, dev, output)
    }

    /// Trains.
    /// - Parameter didOpen: hears of the model before training begins.
    /// - Throws: what is wrong with model, files or options, before anything is written; and `TrainingError`.
    public func run(hooks: TrainingHooks = .init(), didOpen: @escaping (PretrainedModel, TrainingPlan) -> Void = { _, _ in }) throws -> Summary {
        try check()
        let run = FineTuningRun(request: self, hooks: hooks, didOpen: didOpen)
        switch task {
        case .glue(let task): return try run.classifyTexts(task)
        case .languageModeling: return try run.modelLanguage()
        case .digits:
            guard train.isEmpty, dev.isEmpty else { throw TaskError.files(task: task.name, problem: "brings its own images; leave out --train and --dev") }
            let split = try DigitsDataset.loadSplit()
            return try run.classifyImages(split.train, split.test)
        case .cifar10:
            return try run.classifyImages(Cifar10Dataset.load(run.needed(train)), dev.isEmpty ? nil : Cifar10Dataset.load(dev))
        case .lambada:
            throw TaskError.files(task: task.name, problem: "is for measuring only; train with task lm")
        }
    }

    /// Says early what does not depend on model and data, which may take long to read.
    private func check() throws {
        try options.checkRanges(exampleCount: 1)
        let directory = TrainingDirectory(path: output)
        switch start {
        case .new: try directory.checkIsFree()
        case .resume: _ = try directory.checkpointToResume()
        case .overwrite: break
        }
    }
}

/// One request on its way.
private struct FineTuningRun {
    let request: FineTuning
    let hooks: TrainingHooks
    let didOpen: (PretrainedModel, TrainingPlan) -> Void

    func needed(_ files: [String]) throws(TaskError) -> [String] {
        if files.isEmpty { throw .files(task: request.task.name, problem: "needs files to learn from; name them with --train") }
        return files
    }

    // MARK: Tasks

    func classifyTexts(_ task: GlueTask) throws -> FineTuning.Summary {
        let model: PretrainedModel, tokenizer = try openTokenizer()
        switch request.model {
        case .directory(let directory):
            let labels = ClassNames.toTrain(task, try PretrainedModel.configuration(in: directory))
            model = try fresh { try PretrainedModel(directory: directory, for: .classifyingTexts(labels: labels, isRegression: task.isRegression)) }
        case .preset(let preset):
            model = new(preset, labels: task.isRegression ? ["score"] : task.labelNames, vocabularySize: tokenizer.idLimit, task.isRegression)
        }
        guard let classifier = model.network as? any SequenceClassifier else { throw wrongModel("a classifier of texts", model) }
        return try classifyTexts(task, classifier, model, tokenizer)
    }

    private func classifyTexts<Model: SequenceClassifier>(
        _ task: GlueTask, _ classifier: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer
    ) throws -> FineTuning.Summary {
        let order = task.isRegression ? nil : model.configuration.labels
        let maxLength = try SequenceLength.of(request.maxLength, usual: 128, limit: classifier.longestSequence)
        func load(_ arguments: [String], _ part: GlueTask.Part) throws -> [TokenizedTexts] {
            try TaskFiles(arguments, task: task, part: part).load(.required, labelNames: order, tokenizer: tokenizer, maxLength: maxLength)
        }
        let train = try load(try needed(request.train), .train)[0], dev = request.dev.isEmpty ? [] : try load(request.dev, .dev)
        return try finish(model, classifier, TextClassificationTask(task, for: classifier, train: train, dev: dev, identity: identity(maxLength)))
    }

    func modelLanguage() throws -> FineTuning.Summary {
        let model: PretrainedModel, tokenizer = try openTokenizer()
        switch request.model {
        case .directory(let directory): model = try PretrainedModel(directory: directory)
        case .preset(let preset): model = new(preset, labels: [], vocabularySize: tokenizer.idLimit)
        }
        guard let network = model.network as? any LanguageModel else { throw wrongModel("a language model", model) }
        return try modelLanguage(network, model, tokenizer)
    }

    private func modelLanguage<Model: LanguageModel>(_ network: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer) throws -> FineTuning.Summary {
        let block = try SequenceLength.of(request.maxLength, usual: 512, limit: network.longestSequence)
        let train = try TokenStream(files: try needed(request.train), tokenizer: tokenizer)
        let dev = request.dev.isEmpty ? nil : try TokenStream(files: request.dev, tokenizer: tokenizer)
        return try finish(model, network, LanguageModelingTask(for: network, train: train, dev: dev, blockLength: block, identity: identity(block)))
    }

    func classifyImages<Images: ImageDataset>(_ train: Images, _ dev: Images?) throws -> FineTuning.Summary {
        let model: PretrainedModel
        switch request.model {
        case .directory(let directory): model = try fresh { try PretrainedModel(directory: directory, for: .classifyingImages(labels: Images.labelNames)) }
        case .preset(let preset):
            if preset.takesText { throw wrongModel("a classifier of images", name: preset.name) }
            model = fresh {
                PretrainedModel(preset.configuration(labels: Images.labelNames, imageChannels: Images.channelCount, imageSize: Images.side))
            }
        }
        guard let network = model.network as? any ImageClassifier else { throw wrongModel("a classifier of images", model) }
        return try classifyImages(train, dev, network, model)
    }

    private func classifyImages<Model: ImageClassifier, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, _ network: Model, _ model: PretrainedModel
    ) throws -> FineTuning.Summary {
        try finish(model, network, ImageClassificationTask(for: network, train: train, dev: dev, identity: identity(nil)))
    }

    // MARK: Parts

    /// A model of random weights, which depend on the seed only.
    private func new(_ preset: ModelPreset, labels: [String], vocabularySize: Int, _ isRegression: Bool = false) -> PretrainedModel {
        fresh { PretrainedModel(preset.configuration(labels: labels, isRegression: isRegression, vocabularySize: vocabularySize)) }
    }

    /// Runs `body` with random numbers that depend on the seed only: those of new heads and models.
    private func fresh<Result>(_ body: () throws -> Result) rethrows -> Result {
        try withRandomSource(RandomSource(seed: request.options.seed), body)
    }

    private var tokenizerDirectory: String? {
        if let directory = request.tokenizer { return directory }
        if case .directory(let directory) = request.model { return directory }
        return nil
    }

    private func openTokenizer() throws -> Tokenizer {
        if case .preset(let preset) = request.model, !preset.takesText { throw wrongModel("a model of texts", name: preset.name) }
        guard let directory = tokenizerDirectory else {
            throw TaskError.files(task: request.task.name, problem: "a model with random weights has no tokenizer; name a directory that has one with --tokenizer")
        }
        return try Tokenizer(directory: directory)
    }

    private func wrongModel(_ needs: String, _ model: PretrainedModel) -> TaskError {
        wrongModel(needs, name: model.configuration.architecture.className)
    }

    private func wrongModel(_ needs: String, name: String) -> TaskError { .wrongModel(task: request.task.name, needs: needs, got: name) }

    /// What tells the data of this run from others.
    private func identity(_ length: Int?) -> String {
        "\(request.task.name) from \((request.train + request.dev).joined(separator: " "))" + (length.map { ", \($0) tokens" } ?? "")
    }

    private func finish<Task: TrainingTask>(_ model: PretrainedModel, _ network: Task.Model, _ task: Task) throws -> FineTuning.Summary {
        let trainer = try Trainer(task, options: request.options)
        didOpen(model, trainer.plan)
        let output = TrainingOutput<Task.Model>(directory: request.output, start: request.start) { _, directory in
            try model.save(to: directory, tokenizerFrom: tokenizerDirectory)
        }
        let result = try trainer.train(network, into: output, hooks: hooks)
        return FineTuning.Summary(result: result, byteCount: try MappedFile(path: request.output + "/model.safetensors").byteCount)
    }
}
