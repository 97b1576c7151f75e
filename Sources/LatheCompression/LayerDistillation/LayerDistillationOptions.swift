/// How layers learn one by one. The defaults are the original's for BERT (ZeroQuant, arXiv:2206.01861, and DeepSpeed's
/// examples).
public struct LayerDistillationOptions: Sendable, Hashable {
    /// What a compressed layer gets while it learns.
    public enum Inputs: String, Sendable, Hashable, CaseIterable {
        /// What the float network gives the layer, as published: layers do not depend on each other.
        case float
        /// What the compressed layers before it give, so that a layer makes up for their errors.
        case quantized
    }

    /// Updates of each layer, at least 1.
    public var steps = 100
    /// Constant.
    public var learningRate: Float = 5e-6
    /// Sequences in a step.
    public var batchSize = 32
    public var inputs = Inputs.float
    /// How strongly weights are pulled towards zero; biases and normalisation weights are exempt.
    public var weightDecay: Float = 0.01
    /// Decides the order of sequences, and random tokens.
    public var seed: UInt64 = 42

    public init() {}
}

/// What came of one layer's learning.
public struct LayerDistillationResult: Sendable, Hashable {
    /// The mean squared error between the outputs of the compressed and of the float layer: the mean over the first
    /// tenth of the steps.
    public let firstLoss: Float
    /// The mean over the last tenth of the steps.
    public let lastLoss: Float
}

/// What layer-by-layer distillation tells while it goes on. Layers are counted from 0.
public enum LayerDistillationEvent: Sendable {
    /// Everything fits, and learning is next.
    case started(layers: Int, steps: Int, batches: Int)
    case step(layer: Int, step: Int, loss: Float)
    case finished(layer: Int, LayerDistillationResult)
    /// An earlier run had finished the layer.
    case restored(layer: Int, LayerDistillationResult)
}
