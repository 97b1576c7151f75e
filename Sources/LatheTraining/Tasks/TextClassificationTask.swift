import LatheModels
import LatheTensor

/// Training a model that answers a question about texts, or about pairs of them: one class, labels, or a number.
public struct TextClassificationTask<Model: SequenceClassifier>: DistillableTask {
    public let task: TextTask
    /// The names of the model's outputs.
    public let labels: [String]
    public let train: TokenizedTexts
    /// What is held back: nothing, one set, or MNLI's two.
    public let dev: [TokenizedTexts]
    public let identity: String
    public let dataSummary: DataSummary?

    /// - Parameters:
    ///   - task: the question.
    ///   - labels: the names of the model's outputs.
    ///   - model: the network to train.
    ///   - train: what it learns from.
    ///   - dev: what is held back; for MNLI the matched and the mismatched set.
    ///   - identity: the data, for resuming.
    ///   - dataSummary: what the files hold.
    /// - Throws: `TaskError` if model and data do not fit.
    public init(
        _ task: TextTask, labels: [String], for model: Model, train: TokenizedTexts, dev: [TokenizedTexts],
        identity: String, dataSummary: DataSummary? = nil
    ) throws(TaskError) {
        guard model.labelCount == labels.count else {
            throw .labelCount(task: task.name, expected: labels.count, got: model.labelCount)
        }
        for texts in [train] + dev { try texts.check(for: model) }
        (self.task, self.labels, self.dataSummary) = (task, labels, dataSummary)
        self.train = train
        self.dev = dev
        self.identity = identity
    }

    public var exampleCount: Int { train.count }
    public var lengths: [Int]? { train.lengths }
    public var outputKind: OutputKind {
        switch task.problem {
        case .singleLabel: .classes
        case .multiLabel: .labels
        case .regression: .number
        }
    }
    public var longestExample: Int? { train.lengths.max() }

    public func batch(_ examples: [Int], _ random: inout SplitMix64) -> TokenBatch { train.batch(examples) }

    /// The loss of the outputs `[examples.count, labels]` for the named examples: cross-entropy of classes, binary
    /// cross-entropy of labels, the mean squared error of numbers.
    public func loss(of logits: Tensor, on examples: [Int]) -> Tensor {
        switch task.problem {
        case .singleLabel:
            let classes: [Int32] = examples.map {
                if case .classIndex(let index) = train.labels[$0] { index } else { -100 }
            }
            return logits.crossEntropy(Tensor(classes))
        case .multiLabel: return logits.binaryCrossEntropy(indicators(examples))
        case .regression:
            let scores: [Float] = examples.map { if case .score(let score) = train.labels[$0] { score } else { 0 } }
            return logits.meanSquaredError(Tensor(scores, shape: [scores.count, 1]))
        }
    }

    /// `[examples.count, labels]`: 1 for labels that an example has.
    private func indicators(_ examples: [Int]) -> Tensor {
        var values = [Float](repeating: 0, count: examples.count * labels.count)
        for (row, example) in examples.enumerated() {
            if case .labelIndices(let indices) = train.labels[example] {
                for index in indices { values[row * labels.count + Int(index)] = 1 }
            }
        }
        return Tensor(values, shape: [examples.count, labels.count])
    }

    public func check(for network: any ObservableTransformer) throws(TaskError) {
        guard let classifier = network as? any SequenceClassifier else {
            throw .wrongModel(task: task.name, needs: "a classifier of texts", got: "\(type(of: network))")
        }
        try train.check(for: classifier)
    }

    public func evaluate(_ model: Model) -> Evaluation? {
        if dev.isEmpty { return nil }
        return TextEvaluation.evaluation(
            task, dev.map { (TextEvaluation.outputs(of: model, for: $0), $0.labels) }, labels: labels)
    }
}
