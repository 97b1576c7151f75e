/// What a training run tells while it goes on.
public enum TrainingEvent: Sendable {
    /// It begins, `step` steps being done already where it resumes.
    case started(TrainingPlan, step: Int)
    case step(Progress)
    /// The model was evaluated; `isBest` when it is the best so far, and was saved.
    case evaluation(EvaluatedStep, isBest: Bool)
    /// The state after `step` steps is on the disk.
    case checkpoint(step: Int)
}

extension TrainingEvent {
    /// One optimizer step, and where the run stands.
    public struct Progress: Sendable {
        /// Counts from 1.
        public let epoch: Int
        /// Steps done.
        public let step: Int
        public let totalSteps: Int
        /// The mean loss of the step's examples, before the step.
        public let loss: Float
        public let learningRate: Float
        /// The 2-norm of all gradients together, before clipping.
        public let gradientNorm: Float
        /// Examples trained on in a second of this step.
        public let examplesPerSecond: Double
    }
}

/// What the model after so many steps scores.
public struct EvaluatedStep: Sendable, Hashable, Codable {
    /// Steps done.
    public let step: Int
    public let evaluation: Evaluation
}

/// What a caller may do while a run goes on.
public struct TrainingHooks {
    /// Called once, before training begins, with what the task's files hold.
    public var didReadData: (_ summary: DataSummary) -> Void = { _ in }
    /// Called with the number of steps done: 0 before the first one, then after each, before anything else uses the
    /// model. A resumed run calls it once with the step that it goes on from, before it restores the parameters. It may
    /// change how the model computes, as a function of the step, but not which parameters it has.
    public var didReach: (_ step: Int) throws -> Void = { _ in }
    /// Called with the number of steps done before each step, when everything that it depends on is in place, restored
    /// parameters included. It may measure the gradients of the step's loss.
    package var willCompute: (_ step: Int, _ gradients: StepGradients) throws -> Void = { _, _ in }
    /// Called with the number of steps done before each update, when the gradients are there: the optimizer multiplies
    /// them by `gradientScale`, and uses them.
    public var willUpdate: (_ step: Int, _ gradientScale: Float) throws -> Void = { _, _ in }
    /// Hears of everything. What it throws ends the run as a killed process would: a resumed run goes on from the last
    /// checkpoint.
    public var observe: (_ event: TrainingEvent) throws -> Void = { _ in }
    /// Asked before each step; true writes a checkpoint and ends the run with `TrainingError.interrupted`.
    public var shouldStop: () -> Bool = { false }

    public init() {}
}

/// The gradients of a training step's loss, for callers that measure with them: as often as they like, whatever values
/// they give to parameters meanwhile.
package struct StepGradients {
    private let compute: () throws -> Void

    init(_ compute: @escaping () throws -> Void) { self.compute = compute }

    /// Adds the gradients of the mean loss of the step's examples, at the parameters' present values, to
    /// `Parameter.gradient`. Layers behave as in evaluation: nothing is dropped, no statistics move. It is a function
    /// of parameters and step, computed in f32; training itself goes on as if it had not been called.
    package func add() throws { try compute() }
}

/// What came of a training run.
public struct TrainingResult: Sendable {
    /// All steps, those before it was resumed included.
    public let steps: Int
    /// Seconds of training and evaluation, those before it was resumed included.
    public let seconds: Double
    /// The evaluation of the model in the output directory; nil without evaluations, or when all gave NaN. That is the
    /// last model then.
    public let best: EvaluatedStep?
    /// The evaluation of the model in memory, that of the last step; nil without evaluations.
    public let last: EvaluatedStep?
}
