import LatheNN
import LatheTensor

/// What a run of the demo does.
public struct DemoOptions: Sendable {
    /// A third of the training, for a first look.
    public var isQuick = false
    /// Where the models are kept; nil for a temporary place that is removed in the end.
    public var outputDirectory: String?
    public var seed: UInt64 = 42

    public init() {}
}

/// One line of the demo's table: a model as it stands in its file.
public struct DemoRow: Sendable, Equatable {
    /// `encoder fp32`, `encoder int8`, …
    public let name: String
    /// The share of test images that are recognised, 0…1.
    public let accuracy: Double
    /// Size of the model's file.
    public let bytes: Int
    /// Milliseconds for a batch of `Demo.timedBatch` images, the median of several.
    public let milliseconds: Double
    /// Bytes that the weights of linear layers and convolutions take in the file.
    public let weightBytes: Int
}

/// What the demo tells while it runs.
public enum DemoEvent: Sendable {
    case training(network: String, TrainingProgress)
    case finished(DemoRow)
}
