import LatheCompression
import LatheFiles
import LatheModels
import LatheTraining

/// Trains a language model on text and on what a teacher makes of the text (Megatron-DeepSpeed's distilled
/// pre-training).
///
/// ```swift
/// var request = DistilledTraining(training, teacher: "gpt2")
/// request.layers = .lowest(10)
/// request.distillation.stopShare = 0.6
/// let summary = try request.run()
/// ```
public struct DistilledTraining {
    /// Which of the teacher's layers a student begins with.
    public enum Layers: Sendable, Hashable {
        /// These, counted from 0, in this order.
        case these([Int])
        /// So many, from the embeddings on, as Megatron-DeepSpeed's example takes them.
        case lowest(Int)

        var numbers: [Int] {
            switch self {
            case .these(let layers): layers
            case .lowest(let count): Array(0..<max(count, 0))
            }
        }
    }

    /// Model, task, files, options, and where everything goes.
    public var training: FineTuning
    /// The directory of the teacher.
    public var teacher: String
    /// Makes a student of the teacher's sizes with these layers only; it begins as the teacher in all its weights, and
    /// the model of `training` only tells the rest of the configuration. Nil trains that model as it is.
    public var layers: Layers?
    /// What counts how much.
    public var distillation = DistillationOptions.languageModel

    public init(_ training: FineTuning, teacher: String) { (self.training, self.teacher) = (training, teacher) }

    /// Trains.
    /// - Parameters:
    ///   - hooks: what is called while training goes on.
    ///   - didOpen: hears of the student before training begins.
    /// - Throws: what is wrong with model, teacher, files or options, before anything is written; `OutputLockError`
    ///   while another run writes there; and `TrainingError`.
    public func run(
        hooks: TrainingHooks = .init(), didOpen: @escaping (PretrainedModel, TrainingPlan) -> Void = { _, _ in }
    ) throws -> FineTuning.Summary {
        if training.task != .languageModeling { throw CompressionError.notLanguage(task: training.task.name) }
        return try OutputLock.holding(directory: training.output) {
            try training.check(directory: training.output)
            guard let opened = try training.open() as? any DistillableOpenedTask else {
                throw CompressionError.notLanguage(task: training.task.name)
            }
            return try train(opened, hooks: hooks, didOpen: didOpen)
        }
    }

    /// The student that `model` tells the configuration of.
    func student(like model: PretrainedModel) throws -> PretrainedModel {
        guard let layers else { return model }
        let source = try PretrainedModel(directory: teacher)
        guard let reducer = LayerReducer(layers: layers.numbers, of: source.network) else {
            throw CompressionError.teacher(teacher, problem: "it is a \(source.configuration.architecture.className)")
        }
        do throws(LayerReductionError) { return try reducer.student(of: source, like: model) } catch {
            throw CompressionError.student(teacher: teacher, problem: error.problem)
        }
    }

    /// What tells a run on `task` from others.
    func identity(_ task: some TrainingTask) -> String {
        let begun = layers.map { ", begun with its layers \($0.numbers)" } ?? ""
        return "\(task.identity), taught by \(teacher) with \(distillation)\(begun)"
    }

    /// Trains a student, and keeps the best.
    private func train(
        _ opened: some DistillableOpenedTask, hooks: TrainingHooks,
        didOpen: (PretrainedModel, TrainingPlan) -> Void
    ) throws -> FineTuning.Summary {
        let student = try student(like: opened.model)
        let (distilled, learner, batch) = try lesson(opened, for: student)
        var hooks = hooks
        hooks.didReach = { [didReach = hooks.didReach] step in
            distilled.didReach(step)
            try didReach(step)
        }
        return try training.train(
            learner, of: student, on: distilled, hooks: hooks, watching: batch, didOpen: didOpen
        ) { record in
            record.teacher = teacher
            record.options += distillation.settings
            if let layers {
                record.options.append(.init("teacher_layers", layers.numbers.map(String.init).joined(separator: ", ")))
            }
        }
    }

    /// The task of learning from the teacher, what learns, and a batch that shows its layers at work.
    private func lesson<Opened: DistillableOpenedTask>(_ opened: Opened, for student: PretrainedModel) throws -> (
        task: DistillationTask<Opened.Task>, learner: DistilledStudent<Opened.Task.Model>, batch: ProbeBatch
    ) {
        guard let own = student.network as? Opened.Task.Model else { preconditionFailure("a student of another class") }
        let (distilled, learner) = try Teacher(directory: teacher, for: student).task(
            opened.task, teaching: own, of: student, keeping: layers?.numbers, options: distillation,
            training: training, identity: identity(opened.task))
        return (distilled, learner, opened.task.probeBatch(for: own))
    }
}
