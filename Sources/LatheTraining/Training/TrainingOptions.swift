import LatheNN
import LatheTensor

/// How a network is trained.
///
/// ```swift
/// var options = TrainingOptions(.epochs(3), batchSize: 32, learningRate: 2e-5)
/// options.precision = .bfloat16
/// try options.plan(exampleCount: 67_349).totalSteps    // 6315
/// ```
public struct TrainingOptions: Sendable, Hashable {
    /// How long training goes on.
    public enum Duration: Sendable, Hashable {
        /// So often through all examples.
        case epochs(Int)
        /// So many optimizer steps.
        case steps(Int)
        /// As many optimizer steps as it takes to train on so many tokens, where all examples have as many.
        case tokens(Int)
    }

    /// How long the learning rate rises at first.
    public enum WarmUp: Sendable, Hashable {
        case steps(Int)
        /// As many steps as it takes to train on so many tokens.
        case tokens(Int)
        /// A share of all steps, 0…1, rounded to whole steps.
        case share(Double)
    }

    /// How gradients change parameters.
    public enum Method: Sendable, Hashable {
        case adamW(Adam.Constants = .init())
        case adam(Adam.Constants = .init())
        case sgd(momentum: Float = 0.9, isNesterov: Bool = false)
        case lamb(Lamb.Constants = .init())
        case lion(beta1: Float = 0.9, beta2: Float = 0.99)
        case adagrad(Adagrad.Constants = .init())
    }

    /// When the model is evaluated; after the last step it always is.
    public enum EvaluationInterval: Sendable, Hashable {
        case steps(Int)
        case epoch
        case end
    }

    /// When the state of the run is written, to go on from there.
    public enum CheckpointInterval: Sendable, Hashable {
        /// After 30 seconds or more, so that writing takes at most 2% of the time.
        case adaptive
        case steps(Int)
    }

    public var duration: Duration
    /// Examples in an optimizer step; the last step of an epoch may have fewer.
    public var batchSize: Int
    /// Micro-batches in an optimizer step, whose gradients are added up: the memory of a small batch, and the step of a
    /// large one.
    public var accumulation = 1
    /// The learning rate after warm-up.
    public var learningRate: Float
    /// How the length of sequences grows; `nil` for whole ones from the first step on.
    package var curriculum: SequenceCurriculum?
    /// How the learning rate goes on after warm-up.
    public var course = LearningRateSchedule.Course.linear
    public var warmUp = WarmUp.share(0.1)
    /// Whether the warm-up may have more steps than the training, so that the rate never reaches its highest.
    public var allowsLongWarmUp = false
    /// How the learning rate rises in the warm-up.
    public var rise = LearningRateSchedule.Rise.linear
    /// The learning rate where the schedule is at 0: at the first step of a warm-up, and at the end of a course that
    /// falls.
    public var lowestRate: Float = 0
    /// The share of the learning rate at which a warm-up begins; `nil` for `lowestRate`.
    public var warmupStart: Double?
    /// How strongly weights are pulled towards zero; biases and normalisation weights are exempt.
    public var weightDecay: Float = 0.01
    public var method = Method.adamW()
    /// The largest 2-norm of all gradients together; nil leaves them as they are.
    public var gradientClip: Float? = 1
    public var precision = Precision.float32
    /// Decides the order of examples and all random operations.
    public var seed: UInt64 = 42
    public var evaluations = EvaluationInterval.epoch
    /// The first step after which a model may be the best one: a model from before compression sets in would beat all
    /// that are compressed.
    public var firstBestStep = 0
    public var checkpoints = CheckpointInterval.adaptive
    /// The first, the last and every so many-th step get a line in the log.
    public var logInterval = 10

    public init(_ duration: Duration, batchSize: Int, learningRate: Float) {
        self.duration = duration
        self.batchSize = batchSize
        self.learningRate = learningRate
    }
}

extension TrainingOptions {
    /// The learning rate of the update with number `step`, counted from 0: `lowest + (highest - lowest) · factor`.
    func learningRate(at step: Int, of plan: TrainingPlan) -> Float {
        let factor = Float(plan.schedule.factor(at: step))
        return warmupStart != nil && step < plan.schedule.warmupSteps
            ? learningRate * factor : lowestRate + (learningRate - lowestRate) * factor
    }

    /// The constants of the optimizer's running averages at the update with number `step`, counted from 0; `nil` where
    /// the schedule leaves them alone.
    func betas(at step: Int) -> (Float, Float)? {
        guard case .oneCycle(let cycle) = course, let momentum = cycle.momentum(at: step) else { return nil }
        return (Float(momentum), LearningRateSchedule.OneCycle.secondBeta)
    }

    /// The optimizer for the parameters of `model`.
    func optimizer(for model: some Module) -> any RestorableOptimizer {
        let groups = ParameterGroup.standard(model, weightDecay: weightDecay)
        switch method {
        case .adamW(let constants): return AdamW(groups, learningRate: learningRate, constants: constants)
        case .adam(let constants): return Adam(groups, learningRate: learningRate, constants: constants)
        case .sgd(let momentum, let isNesterov):
            return SGD(groups, learningRate: learningRate, momentum: momentum, isNesterov: isNesterov)
        case .lamb(let constants): return Lamb(groups, learningRate: learningRate, constants: constants)
        case .lion(let beta1, let beta2): return Lion(groups, learningRate: learningRate, beta1: beta1, beta2: beta2)
        case .adagrad(let constants): return Adagrad(groups, learningRate: learningRate, constants: constants)
        }
    }

    /// The examples of a step as micro-batches whose sizes differ by one at most: `accumulation` of them, or as many
    /// fewer as the batch is smaller, so that none is larger than those of a full batch.
    func microBatches(of examples: [Int]) -> [ArraySlice<Int>] {
        let count = (examples.count * accumulation + batchSize - 1) / batchSize
        return (0..<count).map { examples[$0 * examples.count / count..<($0 + 1) * examples.count / count] }
    }
}
