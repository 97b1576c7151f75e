import LatheModels
import LatheNN
import LatheTasks
import LatheTensor

/// Training a classifier of texts to compute what its teacher computes.
///
/// The teacher runs as inference: nothing of its computation is kept but what the loss compares.
public struct DistillationTask<Network: SequenceClassifier>: TrainingTask {
    public typealias Model = DistilledStudent<Network>

    /// The task, whose labels the student is measured with.
    public let task: TextClassificationTask<Network>
    public let teacher: any SequenceClassifier
    public let distillation: DistillationLoss
    /// The step after which the student learns from labels alone.
    private let progress = Progress()
    private let lastStep: Int

    /// - Parameter totalSteps: the steps of the whole run, for stopping early.
    public init(_ task: TextClassificationTask<Network>, teacher: any SequenceClassifier, _ distillation: DistillationLoss, totalSteps: Int) {
        self.task = task
        self.teacher = teacher
        self.distillation = distillation
        lastStep = Int((Double(totalSteps) * distillation.options.stopShare).rounded())
    }

    public var identity: String { task.identity + ", distilled" }
    public var exampleCount: Int { task.exampleCount }
    public var lengths: [Int]? { task.lengths }

    /// Tells how many steps are done: `TrainingHooks.didReach`.
    public func didReach(_ step: Int) { progress.step = step }

    public func loss(of model: Model, on examples: [Int], random: inout SplitMix64) -> Tensor {
        guard progress.step < lastStep || distillation.options.stopShare >= 1 else { return task.loss(of: model.network, on: examples, random: &random) }
        let batch = task.train.batch(examples), kept = distillation.options.keptOutputs
        let target = withInference { outputs(of: teacher, batch, kept) }
        let student = outputs(of: model.network, batch, kept)
        let terms = distillation.terms(student: student, teacher: target, projection: model.projection)
        let labels = distillation.options.labelWeight == 0 ? nil : task.loss(of: student.logits, on: examples)
        return distillation.total(terms, labelLoss: labels)
    }

    public func evaluate(_ model: Model) -> Evaluation? { task.evaluate(model.network) }

    private func outputs(of model: some SequenceClassifier, _ batch: TokenBatch, _ kept: KeptOutputs) -> DistillationLoss.Outputs {
        let (logits, encoder) = model(batch, keeping: kept)
        return .init(logits: logits, encoder: encoder)
    }

    private final class Progress {
        var step = 0
    }
}
