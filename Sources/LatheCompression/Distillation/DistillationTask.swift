import LatheModels
import LatheTensor
import LatheTraining

/// Training a network to compute what its teacher computes.
///
/// The teacher runs as inference: nothing of its computation is kept but what the loss compares.
public struct DistillationTask<Base: DistillableTask>: TrainingTask {
    /// The task, whose labels the student is measured with.
    public private(set) var task: Base
    public let teacher: any ObservableTransformer<Base.Model.Input>
    package let distillation: DistillationLoss
    public let identity: String
    /// The step after which the student learns from labels alone.
    private let progress = Progress()
    private let lastStep: Int

    /// Makes a task of the loss that `options` describe.
    /// - Parameters:
    ///   - task: the task without a teacher.
    ///   - teacher: the network that is learned from.
    ///   - layers: the teacher's layers that the student's learn from.
    ///   - options: the weights of the loss's terms.
    ///   - totalSteps: the steps of the whole run, for stopping early.
    public init(
        _ task: Base, teacher: any ObservableTransformer<Base.Model.Input>, layers: LayerMap,
        options: DistillationOptions = .init(), totalSteps: Int
    ) {
        self.init(
            task, teacher: teacher, DistillationLoss(layers, options: options, outputs: task.outputKind),
            totalSteps: totalSteps)
    }

    /// - Parameters:
    ///   - task: the task without a teacher.
    ///   - teacher: the network that is learned from.
    ///   - distillation: what is compared.
    ///   - totalSteps: the steps of the whole run, for stopping early.
    ///   - identity: what tells the run from others; nil where the caller sees to that.
    package init(
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

    /// Sets the number of steps done; for `TrainingHooks.didReach`.
    public func didReach(_ step: Int) { progress.step = step }

    public func loss(of model: DistilledStudent<Base.Model>, on examples: [Int], random: inout SplitMix64) throws
        -> Tensor
    {
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

    public func evaluate(_ model: DistilledStudent<Base.Model>) throws -> Evaluation? {
        try task.evaluate(model.network)
    }

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
