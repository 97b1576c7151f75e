import LatheDigits
import LatheModels
import LatheNN
import LatheTokenizers
import LatheTraining

/// Measures a model on files.
public struct ModelEvaluation {
    /// What came of it.
    public struct Summary {
        public let evaluation: Evaluation
        /// Texts, images, passages or scored tokens.
        public let exampleCount: Int
        /// A classifier's outputs for each example, in the order of the files; empty for language models.
        public let outputs: [[Float]]
        /// The names of the outputs.
        public let labels: [String]
        /// What the files hold; `nil` for a task whose columns are fixed, and for other data than texts.
        public var data: DataSummary?
        /// The kind of answer that a classifier gives.
        public var problem = ProblemType.singleLabel
    }

    /// The directory of the model.
    public var model: String
    public var task: TaskName
    /// The files to measure with; a GLUE task also takes directories with GLUE's names. The built-in digits have none.
    public var files: [String]
    /// The columns of a user's own tables.
    public var columns = TextColumns()
    /// The share of the examples that a training run of the same files held back, which alone are measured then; `nil`
    /// for all.
    public var devShare: Double?
    /// The most tokens of a text, or the tokens in a window of a language model; nil for 128, and for as many as the
    /// model takes.
    public var maxLength: Int?
    /// Tokens from one window of a language model to the next; nil for half a window.
    public var stride: Int?

    public init(model: String, task: TaskName, files: [String] = []) {
        (self.model, self.task, self.files) = (model, task, files)
    }

    /// Measures.
    /// - Parameter report: hears how many of how many examples are done.
    /// - Throws: what is wrong with model or files.
    public func run(report: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Summary {
        if task != .digits, files.isEmpty {
            throw TaskError.files(task: task.name, problem: "needs files to measure with", cures: [.evaluationFiles])
        }
        let model = try PretrainedModel(directory: model)
        switch task {
        case .text(let task): return try classifyTexts(task, model, report)
        case .languageModeling, .lambada: return try modelLanguage(model, report)
        case .digits:
            if !files.isEmpty {
                throw TaskError.files(task: task.name, problem: "brings its own images; leave out the files")
            }
            return try classifyImages(DigitsDataset.loadSplit().test, model, report)
        case .cifar10: return try classifyImages(Cifar10Dataset.load(files), model, report)
        }
    }

    /// The identity of the data; `nil` without files, and if one cannot be read.
    /// - Parameter network: the network that is measured.
    package func scoredData(for network: any Module) -> ScoredData? {
        var note: String?
        if task == .languageModeling, let limit = (network as? any LanguageModel)?.longestSequence,
            let length = try? SequenceLength.of(maxLength, limit: limit)
        {
            note = ScoredData.windows(length: length, stride: stride ?? length / 2)
        }
        if case .text = task { note = ScoredData.table(columns, devShare: devShare) }
        return ScoredData(task, files: files, note: note)
    }

    private func classifyTexts(_ task: TextTask, _ model: PretrainedModel, _ report: (Int, Int) -> Void) throws
        -> Summary
    {
        guard let network = model.network as? any SequenceClassifier else {
            throw wrongModel("a classifier of texts", model)
        }
        let order = try ClassNames.order(task, model.configuration), tokenizer = try Tokenizer(directory: self.model),
            labels = model.configuration.labels
        let length = try SequenceLength.of(maxLength, usual: 128, limit: network.longestSequence)
        let files = TextFiles(self.files, task: task, columns: columns, part: .dev),
            contents = try files.read(.required, labelNames: order).contents
        var examples = files.sets(contents)
        if let devShare { examples = examples.map { TextSplit.split($0, share: devShare).dev } }
        let sets = try examples.map { try TokenizedTexts($0, tokenizer: tokenizer, maxLength: length) },
            total = sets.reduce(0) { $0 + $1.count }
        if total == 0 {
            throw TaskError.files(
                task: task.name, problem: "too few examples to measure a held-back share of; measure with all of them")
        }
        var done = 0
        let results = try sets.map { texts in
            try texts.check(for: network)
            defer { done += texts.count }
            return (
                outputs: TextEvaluation.outputs(of: network, for: texts) { report(done + $0, total) },
                labels: texts.labels
            )
        }
        var summary = Summary(
            evaluation: TextEvaluation.evaluation(task, results, labels: labels), exampleCount: total,
            outputs: rows(results.flatMap(\.outputs), network.labelCount), labels: labels)
        summary.problem = model.configuration.problem
        summary.data = DataSummary(
            task, train: [], dev: contents, examples: ([], examples.flatMap { $0 }), labels: labels, devShare: devShare)
        return summary
    }

    private func classifyImages<Images: ImageDataset>(
        _ images: Images, _ model: PretrainedModel, _ report: (Int, Int) -> Void
    ) throws -> Summary {
        guard let network = model.network as? any ImageClassifier else {
            throw wrongModel("a classifier of images", model)
        }
        try ImageEvaluation.check(network, for: Images.self, task: task.name)
        let labels = try ClassNames.numbers(images.labels, Images.labelNames, model.configuration)
        let count = labels.count, outputs = ImageEvaluation.outputs(of: network, for: images) { report($0, count) }
        return Summary(
            evaluation: ImageEvaluation.accuracy(outputs, labels, labelCount: network.labelCount), exampleCount: count,
            outputs: rows(outputs, network.labelCount), labels: model.configuration.labels)
    }

    private func modelLanguage(_ model: PretrainedModel, _ report: (Int, Int) -> Void) throws -> Summary {
        guard let network = model.network as? any LanguageModel else { throw wrongModel("a language model", model) }
        let tokenizer = try Tokenizer(directory: self.model)
        if task == .lambada {
            let passages = try files.flatMap { try TokenStream.documents(DatasetFile.open($0), each: .line) }
            let evaluation = try LanguageModelEvaluation.lastWordAccuracy(
                of: network, on: passages, tokenizer: tokenizer, file: files.joined(separator: ", ")
            ) { report($0, passages.count) }
            return Summary(evaluation: evaluation, exampleCount: passages.count, outputs: [], labels: [])
        }
        let length = try SequenceLength.of(maxLength, limit: network.longestSequence), stride = stride ?? length / 2
        guard (1...length).contains(stride) else { throw TaskError.strideOutOfRange(got: stride, length: length) }
        let text = try TokenStream(files: files, tokenizer: tokenizer, in: self.model)
        try text.check(for: network)
        let evaluation = LanguageModelEvaluation.perplexity(of: network, on: text, length: length, stride: stride) {
            report($0, text.count - 1)
        }
        return Summary(evaluation: evaluation, exampleCount: text.count - 1, outputs: [], labels: [])
    }

    private func rows(_ outputs: [Float], _ width: Int) -> [[Float]] {
        Swift.stride(from: 0, to: outputs.count, by: width).map { Array(outputs[$0..<$0 + width]) }
    }

    private func wrongModel(_ needs: String, _ model: PretrainedModel) -> TaskError {
        .wrongModel(task: task.name, needs: needs, got: model.configuration.architecture.className)
    }
}
