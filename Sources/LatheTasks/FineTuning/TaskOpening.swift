import LatheModels
import LatheNN
import LatheRuntime
import LatheTensor

/// Opens a request's model and data, and hands them on.
struct TaskOpening<Runner: TaskRunner> {
    let request: FineTuning
    let runner: Runner

    func needed(_ files: [String]) throws(TaskError) -> [String] {
        if files.isEmpty { throw .files(task: request.task.name, problem: "needs files to learn from; name them with --train") }
        return files
    }

    /// A model whose weights training can change.
    private func trainable(_ directory: String, for purpose: PretrainedModel.Purpose) throws -> PretrainedModel {
        let model = try PretrainedModel(directory: directory, for: purpose)
        if let packed = model.network.layerSchemes(includesInputs: false).first { throw TaskError.packed(directory: directory, layer: packed.path) }
        return model
    }

    // MARK: Tasks

    func classifyTexts(_ task: GlueTask) throws -> Runner.Result {
        let model: PretrainedModel, tokenizer = try openTokenizer()
        switch request.model {
        case .directory(let directory):
            let labels = ClassNames.toTrain(task, try PretrainedModel.configuration(in: directory))
            model = try fresh { try trainable(directory, for: .classifyingTexts(labels: labels, isRegression: task.isRegression)) }
        case .preset(let preset):
            model = new(preset, labels: task.isRegression ? ["score"] : task.labelNames, vocabularySize: tokenizer.idLimit, task.isRegression)
        case .configuration(let path):
            let labels = task.isRegression ? ["score"] : task.labelNames
            model = try fresh { try PretrainedModel(configuration: path, for: .classifyingTexts(labels: labels, isRegression: task.isRegression)) }
        }
        guard let classifier = model.network as? any SequenceClassifier else { throw wrongModel("a classifier of texts", model) }
        return try classifyTexts(task, classifier, model, tokenizer)
    }

    private func classifyTexts<Model: SequenceClassifier>(
        _ task: GlueTask, _ classifier: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer
    ) throws -> Runner.Result {
        let order = task.isRegression ? nil : model.configuration.labels
        let maxLength = try SequenceLength.of(request.maxLength, usual: 128, limit: classifier.longestSequence)
        func load(_ arguments: [String], _ part: GlueTask.Part) throws -> [TokenizedTexts] {
            try TaskFiles(arguments, task: task, part: part).load(.required, labelNames: order, tokenizer: tokenizer, maxLength: maxLength)
        }
        let train = try load(try needed(request.train), .train)[0], dev = request.dev.isEmpty ? [] : try load(request.dev, .dev)
        let texts = try TextClassificationTask(task, for: classifier, train: train, dev: dev, identity: identity(maxLength))
        return try runner.run(texts, on: classifier, of: model)
    }

    func modelLanguage() throws -> Runner.Result {
        let model: PretrainedModel, tokenizer = try openTokenizer()
        switch request.model {
        case .directory(let directory): model = try trainable(directory, for: .asSaved)
        case .preset(let preset): model = new(preset, labels: [], vocabularySize: tokenizer.idLimit)
        case .configuration(let path): model = try fresh { try PretrainedModel(configuration: path) }
        }
        guard let network = model.network as? any LanguageModel else { throw wrongModel("a language model", model) }
        return try modelLanguage(network, model, tokenizer)
    }

    private func modelLanguage<Model: LanguageModel>(_ network: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer) throws -> Runner.Result {
        let block = try SequenceLength.of(request.maxLength, usual: 512, limit: network.longestSequence)
        let directory = request.tokenizerDirectory
        let train = try TokenStream(files: try needed(request.train), tokenizer: tokenizer, in: directory)
        let dev = request.dev.isEmpty ? nil : try TokenStream(files: request.dev, tokenizer: tokenizer, in: directory)
        let text = try LanguageModelingTask(for: network, train: train, dev: dev, blockLength: block, identity: identity(block))
        return try runner.run(text, on: network, of: model)
    }

    func classifyImages<Images: ImageDataset>(_ train: Images, _ dev: Images?) throws -> Runner.Result {
        let model: PretrainedModel
        switch request.model {
        case .directory(let directory): model = try fresh { try trainable(directory, for: .classifyingImages(labels: Images.labelNames)) }
        case .configuration(let path): model = try fresh { try PretrainedModel(configuration: path, for: .classifyingImages(labels: Images.labelNames)) }
        case .preset(let preset):
            if preset.takesText { throw wrongModel("a classifier of images", name: preset.name) }
            model = fresh {
                PretrainedModel(preset.configuration(labels: Images.labelNames, imageChannels: Images.channelCount, imageSize: Images.side))
            }
        }
        if let network = model.network as? any ImageTransformer { return try classifyImages(train, dev, transformer: network, model) }
        guard let network = model.network as? any ImageClassifier else { throw wrongModel("a classifier of images", model) }
        return try classifyImages(train, dev, network, model)
    }

    private func classifyImages<Model: ImageTransformer, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, transformer network: Model, _ model: PretrainedModel
    ) throws -> Runner.Result {
        try runner.run(task(train, dev, network), on: network, of: model)
    }

    private func classifyImages<Model: ImageClassifier, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, _ network: Model, _ model: PretrainedModel
    ) throws -> Runner.Result {
        try runner.run(task(train, dev, network), on: network, of: model)
    }

    private func task<Model: ImageClassifier, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, _ network: Model
    ) throws(TaskError) -> ImageClassificationTask<Model, Images> {
        let varied = request.variesImages ? "" : ", as they are"
        return try ImageClassificationTask(for: network, train: train, dev: dev, variesImages: request.variesImages, identity: identity(nil) + varied)
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

    private func openTokenizer() throws -> Tokenizer {
        if case .preset(let preset) = request.model, !preset.takesText { throw wrongModel("a model of texts", name: preset.name) }
        // A configuration that is not there leaves no tokenizer beside it either; the first is what is wrong.
        if case .configuration(let path) = request.model { _ = try ModelConfiguration(path: path) }
        guard let directory = request.tokenizerDirectory else {
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
}
