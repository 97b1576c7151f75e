import LatheModels
import LatheTensor
import LatheTraining

/// Training a network to compute what its teacher computes.
///
/// The teacher runs as inference: nothing of its computation is kept but what the loss compares.
public struct DistillationTask<Base: DistillableTask>: TrainingTask {
    public typealias Model = DistilledStudent<Base.Model>

    /// The task, whose labels the student is measured with.
    public private(set) var task: Base
    public let teacher: any ObservableTransformer<Base.Model.Input>
    public let distillation: DistillationLoss
    public let identity: String
    /// The step after which the student learns from labels alone.
    private let progress = Progress()
    private let lastStep: Int

    /// - Parameters:
    ///   - task: the task without a teacher.
    ///   - teacher: the network that is learned from.
    ///   - distillation: what is compared.
    ///   - totalSteps: the steps of the whole run, for stopping early.
    ///   - identity: what tells the run from others; nil where the caller sees to that.
    public init(
        _ task: Base, teacher: any ObservableTransformer<Base.Model.Input>, _ distillation: DistillationLoss,
        totalSteps: Int, identity: String? = nil
    ) {
        self.task = task
        self.teacher = teacher
        self.distillation = distillation
        self.identity = identity ?? task.identity + ", distilled"
        lastStep = Int((Double(totalSteps) * distillation.options.stopShare).rounded())
    }

    public var exampleCount: Int { task.exampleCount }
    public var lengths: [Int]? { task.lengths }
    public var dataSummary: DataSummary? { task.dataSummary }
    public var exampleLength: Int? { task.exampleLength }

    public func shortened(to length: Int) -> Self? {
        guard let task = task.shortened(to: length) else { return nil }
        var distilled = self
        distilled.task = task
        return distilled
    }

    /// Tells how many steps are done: `TrainingHooks.didReach`.
    public func didReach(_ step: Int) { progress.step = step }

    public func loss(of model: Model, on examples: [Int], random: inout SplitMix64) throws -> Tensor {
        guard progress.step < lastStep || distillation.options.stopShare >= 1 else {
            return try task.loss(of: model.network, on: examples, random: &random)
        }
        let batch = task.batch(examples, &random), kept = distillation.options.capturedOutputs
        let target = withInference { outputs(of: teacher, batch, kept) }
        let student = outputs(of: model.network, batch, kept)
        let terms = distillation.terms(student: student, teacher: target, projection: model.projection)
        let labels = distillation.options.labelWeight == 0 ? nil : task.loss(of: student.logits, on: examples)
        return distillation.total(terms, labelLoss: labels)
    }

    public func evaluate(_ model: Model) throws -> Evaluation? { try task.evaluate(model.network) }

    private func outputs<Network: ObservableTransformer>(
        of model: Network, _ batch: Network.Input, _ kept: CapturedOutputs
    ) -> DistillationLoss.Outputs {
        let (logits, transformer) = model(batch, capturing: kept)
        return .init(logits: logits, transformer: transformer)
    }

    private final class Progress {
        var step = 0
    }
}
