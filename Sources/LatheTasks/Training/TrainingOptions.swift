import LatheNN
import LatheTensor

/// How a network is trained.
public struct TrainingOptions: Sendable {
    public var epochs: Int
    public var batchSize: Int
    /// The learning rate after warm-up.
    public var learningRate: Float
    /// AdamW's decoupled weight decay; biases and normalisation weights are exempt.
    public var weightDecay: Float = 0.01
    /// The share of all steps in which the learning rate rises.
    public var warmupShare: Float = 0.1
    /// The largest 2-norm of all gradients together.
    public var gradientClip: Float = 1
    public var precision = Precision.float32
    /// Decides the order of examples and all random operations.
    public var seed: UInt64 = 42

    public init(epochs: Int, batchSize: Int, learningRate: Float) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
    }
}

/// Where a training run stands.
public struct TrainingProgress: Sendable {
    /// Counts from 1.
    public let epoch: Int
    /// Steps done.
    public let step: Int
    public let totalSteps: Int
    /// The loss of the last step.
    public let loss: Float
}

/// Why training stopped.
public enum TrainingError: Error, CustomStringConvertible {
    /// The loss or a gradient is no finite number; `parameter` is the first whose gradient is not.
    case notFinite(step: Int, loss: Float, parameter: String?)

    public var description: String {
        switch self {
        case .notFinite(let step, let loss, let parameter):
            let place = parameter.map { "; the gradient of \($0) is not finite" } ?? ""
            return "training stopped at step \(step): the loss is \(loss)\(place); lower the learning rate or use float32 precision"
        }
    }
}
