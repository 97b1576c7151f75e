import LatheModels
import LatheNN
import LatheTensor

/// Training a classifier of texts, or of pairs of them, on a GLUE task.
public struct TextClassificationTask<Model: SequenceClassifier>: DistillableTask {
    public let glue: GlueTask
    public let train: TokenizedTexts
    /// What is held back: nothing, one set, or MNLI's two.
    public let dev: [TokenizedTexts]
    public let identity: String

    /// - Parameters:
    ///   - glue: which task.
    ///   - model: what will be trained.
    ///   - train: what it learns from.
    ///   - dev: what is held back; for MNLI the matched and the mismatched set.
    ///   - identity: what tells the data from others, for resuming.
    /// - Throws: `TaskError` when model and data do not fit.
    public init(_ glue: GlueTask, for model: Model, train: TokenizedTexts, dev: [TokenizedTexts], identity: String) throws(TaskError) {
        guard model.labelCount == glue.labelCount else {
            throw .labelCount(task: glue.rawValue, expected: glue.labelCount, got: model.labelCount)
        }
        for texts in [train] + dev { try texts.check(for: model) }
        self.glue = glue
        self.train = train
        self.dev = dev
        self.identity = identity
    }

    public var exampleCount: Int { train.count }
    public var lengths: [Int]? { train.lengths }
    public var outputKind: OutputKind { glue.isRegression ? .number : .classes }
    public var longestExample: Int? { train.lengths.max() }

    public func batch(_ examples: [Int], _ random: inout SplitMix64) -> TokenBatch { train.batch(examples) }

    /// Cross-entropy, or the mean squared error of a score, of the outputs `[examples.count, labels]` for the named examples.
    public func loss(of logits: Tensor, on examples: [Int]) -> Tensor {
        if glue.isRegression {
            let scores: [Float] = examples.map { if case .score(let score) = train.labels[$0] { score } else { 0 } }
            return logits.meanSquaredError(Tensor(scores, shape: [scores.count, 1]))
        }
        let classes: [Int32] = examples.map { if case .classIndex(let index) = train.labels[$0] { index } else { -100 } }
        return logits.crossEntropy(Tensor(classes))
    }

    public func check(for network: any ObservableTransformer) throws(TaskError) {
        guard let classifier = network as? any SequenceClassifier else {
            throw .wrongModel(task: glue.rawValue, needs: "a classifier of texts", got: "\(type(of: network))")
        }
        try train.check(for: classifier)
    }

    public func evaluate(_ model: Model) -> Evaluation? {
        if dev.isEmpty { return nil }
        return TextEvaluation.evaluation(glue, dev.map { (TextEvaluation.outputs(of: model, for: $0), $0.labels) })
    }
}
