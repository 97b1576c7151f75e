import LatheModels
import LatheTensor
import LatheTokenizers
import LatheTraining

/// Opens a request's model and data.
struct TaskOpening {
    let request: FineTuning

    func needed(_ files: [String]) throws(TaskError) -> [String] {
        if files.isEmpty {
            throw .files(task: request.task.name, problem: "needs files to learn from", cures: [.trainingFiles])
        }
        return files
    }

    /// A model whose weights training can change.
    private func trainable(_ directory: String, for purpose: PretrainedModel.Purpose) throws -> PretrainedModel {
        let model = try PretrainedModel(directory: directory, for: purpose)
        if let packed = model.network.layerSchemes(includesActivations: false).first {
            throw TaskError.packed(directory: directory, layer: packed.path)
        }
        return model
    }

    // MARK: Tasks

    package func classifyTexts(_ task: TextTask) throws -> any OpenedTask {
        try checkShare(task)
        _ = try needed(request.train)
        let tokenizer = try openTokenizer(), problem = task.problem
        switch request.model {
        case .directory(let directory):
            let data = try data(task, continuing: try PretrainedModel.configuration(in: directory))
            return try classifyTexts(
                data,
                try fresh { try trainable(directory, for: .classifyingTexts(labels: data.labels, problem: problem)) },
                tokenizer)
        case .preset(let preset):
            let data = try data(task, continuing: nil)
            return try classifyTexts(
                data, new(preset, labels: data.labels, vocabularySize: tokenizer.idLimit, problem), tokenizer)
        case .configuration(let path):
            let data = try data(task, continuing: nil)
            return try classifyTexts(
                data,
                try fresh {
                    try PretrainedModel(
                        configuration: path, for: .classifyingTexts(labels: data.labels, problem: problem))
                }, tokenizer)
        }
    }

    private func data(_ task: TextTask, continuing configuration: ModelConfiguration?) throws -> TextData {
        try TextData(
            task, train: request.train, dev: request.dev, columns: request.columns, devShare: request.devShare,
            continuing: configuration)
    }

    private func classifyTexts(_ data: TextData, _ model: PretrainedModel, _ tokenizer: Tokenizer) throws
        -> any OpenedTask
    {
        guard let classifier = model.network as? any SequenceClassifier else {
            throw wrongModel("a classifier of texts", model)
        }
        return try classifyTexts(data, classifier, model, tokenizer)
    }

    private func classifyTexts<Model: SequenceClassifier>(
        _ data: TextData, _ classifier: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer
    ) throws -> any OpenedTask {
        let maxLength = try SequenceLength.of(request.maxLength, usual: 128, limit: classifier.longestSequence)
        func tokenized(_ examples: [TextExample]) throws -> TokenizedTexts {
            try TokenizedTexts(examples, tokenizer: tokenizer, maxLength: maxLength)
        }
        let texts = try TextClassificationTask(
            data.task, labels: data.labels, for: classifier, train: try tokenized(data.train),
            dev: try data.dev.map(tokenized), identity: identity(maxLength),
            dataSummary: data.summary)
        return TaskOnNetwork(task: texts, network: classifier, model: model)
    }

    /// Makes sure that a share to hold back goes with the other files.
    private func checkShare(_ task: TextTask) throws(TaskError) {
        guard let share = request.devShare else { return }
        if !(share > 0 && share < 1) {
            throw .files(
                task: task.name, problem: "a share of \(share) cannot be held back; give one above 0 and below 1")
        }
        if !request.dev.isEmpty {
            throw .files(
                task: task.name,
                problem: "files to measure with are named, and a share is held back; choose one of them")
        }
    }

    func modelLanguage() throws -> any OpenedTask {
        try checkNoShare()
        let model: PretrainedModel, tokenizer = try openTokenizer()
        switch request.model {
        case .directory(let directory): model = try trainable(directory, for: .asSaved)
        case .preset(let preset): model = new(preset, labels: [], vocabularySize: tokenizer.idLimit)
        case .configuration(let path): model = try fresh { try PretrainedModel(configuration: path) }
        }
        guard let network = model.network as? any LanguageModel else { throw wrongModel("a language model", model) }
        return try modelLanguage(network, model, tokenizer)
    }

    private func modelLanguage<Model: LanguageModel>(_ network: Model, _ model: PretrainedModel, _ tokenizer: Tokenizer)
        throws -> any OpenedTask
    {
        let block = try SequenceLength.of(request.maxLength, usual: 512, limit: network.longestSequence)
        let directory = request.tokenizerDirectory
        let train = try TokenStream(files: try needed(request.train), tokenizer: tokenizer, in: directory)
        let dev = request.dev.isEmpty ? nil : try TokenStream(files: request.dev, tokenizer: tokenizer, in: directory)
        let text = try LanguageModelingTask(
            for: network, train: train, dev: dev, blockLength: block, identity: identity(block))
        return TaskOnNetwork(task: text, network: network, model: model)
    }

    /// Only sets of labelled texts are split.
    private func checkNoShare() throws(TaskError) {
        if request.devShare != nil {
            throw .files(
                task: request.task.name, problem: "no share can be held back of these files; name files to measure with"
            )
        }
    }

    func classifyImages<Images: ImageDataset>(_ train: Images, _ dev: Images?) throws -> any OpenedTask {
        try checkNoShare()
        let model: PretrainedModel
        switch request.model {
        case .directory(let directory):
            model = try fresh { try trainable(directory, for: .classifyingImages(labels: Images.labelNames)) }
        case .configuration(let path):
            model = try fresh {
                try PretrainedModel(configuration: path, for: .classifyingImages(labels: Images.labelNames))
            }
        case .preset(let preset):
            if preset.takesText { throw wrongModel("a classifier of images", name: preset.name) }
            model = fresh {
                PretrainedModel(
                    preset.configuration(
                        labels: Images.labelNames, imageChannels: Images.channelCount, imageSize: Images.side))
            }
        }
        if let network = model.network as? any ImageTransformer {
            return try classifyImages(train, dev, transformer: network, model)
        }
        guard let network = model.network as? any ImageClassifier else {
            throw wrongModel("a classifier of images", model)
        }
        return try classifyImages(train, dev, network, model)
    }

    private func classifyImages<Model: ImageTransformer, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, transformer network: Model, _ model: PretrainedModel
    ) throws -> any OpenedTask {
        TaskOnNetwork(task: try task(train, dev, network), network: network, model: model)
    }

    private func classifyImages<Model: ImageClassifier, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, _ network: Model, _ model: PretrainedModel
    ) throws -> any OpenedTask {
        TaskOnNetwork(task: try task(train, dev, network), network: network, model: model)
    }

    private func task<Model: ImageClassifier, Images: ImageDataset>(
        _ train: Images, _ dev: Images?, _ network: Model
    ) throws(TaskError) -> ImageClassificationTask<Model, Images> {
        let varied = request.variesImages ? "" : ", as they are"
        return try ImageClassificationTask(
            for: network, train: train, dev: dev, variesImages: request.variesImages, identity: identity(nil) + varied)
    }

    // MARK: Parts

    /// A model of random weights, which depend on the seed only.
    private func new(
        _ preset: ModelPreset, labels: [String], vocabularySize: Int, _ problem: ProblemType = .singleLabel
    ) -> PretrainedModel {
        fresh {
            PretrainedModel(preset.configuration(labels: labels, problem: problem, vocabularySize: vocabularySize))
        }
    }

    /// Runs `body` with random numbers that depend on the seed only: those of new heads and models.
    private func fresh<Result>(_ body: () throws -> Result) rethrows -> Result {
        try withRandomSource(RandomSource(seed: request.options.seed), body)
    }

    private func openTokenizer() throws -> Tokenizer {
        if case .preset(let preset) = request.model, !preset.takesText {
            throw wrongModel("a model of texts", name: preset.name)
        }
        // A configuration that is not there leaves no tokenizer beside it either; the first is what is wrong.
        if case .configuration(let path) = request.model { _ = try ModelConfiguration(path: path) }
        guard let directory = request.tokenizerDirectory else {
            throw TaskError.files(
                task: request.task.name,
                problem: "a model with random weights has no tokenizer; name a directory that has one",
                cures: [.tokenizer])
        }
        return try Tokenizer(directory: directory)
    }

    private func wrongModel(_ needs: String, _ model: PretrainedModel) -> TaskError {
        wrongModel(needs, name: model.configuration.architecture.className)
    }

    private func wrongModel(_ needs: String, name: String) -> TaskError {
        .wrongModel(task: request.task.name, needs: needs, got: name)
    }

    /// What tells the data of this run from others.
    private func identity(_ length: Int?) -> String {
        let share = request.devShare.map { ", \($0) held back" } ?? ""
        let columns = request.columns.recorded.map { ", \($0.name) \($0.value)" }.joined()
        return "\(request.task.name) from \((request.train + request.dev).joined(separator: " "))" + share + columns
            + (length.map { ", \($0) tokens" } ?? "")
    }
}
