/// What a run of the demo does.
public struct DemoOptions: Sendable {
    /// A fraction of the training, for a first look.
    public var isQuick = false
    /// Where the models are kept; nil for a temporary place that is removed in the end.
    public var outputDirectory: String?
    public var seed: UInt64 = 42

    public init() {}
}

/// One line of the demo's table: a model as it stands in its file.
public struct DemoRow: Sendable, Equatable {
    /// `encoder` or `resnet`: rows of one network are compared with its first, the teacher.
    public let network: String
    /// What was done to the network: `W8A8`, …; `fp32` for the teacher.
    public let form: String
    /// The share of test images that are recognised, 0…1.
    public let accuracy: Double
    /// Size of the model's file.
    public let bytes: Int
    /// Milliseconds for a batch of `Demo.timedBatch` images, the median of several.
    public let milliseconds: Double

    public init(network: String, form: String, accuracy: Double, bytes: Int, milliseconds: Double) {
        (self.network, self.form, self.accuracy, self.bytes, self.milliseconds) = (
            network, form, accuracy, bytes, milliseconds
        )
    }

    /// `encoder W8A8`, …
    public var name: String { "\(network) \(form)" }
}

/// What the demo tells while it runs.
public enum DemoEvent: Sendable {
    /// A model is next, with so many steps of training; 0 for none.
    case began(model: String, steps: Int)
    /// So many of its steps are done.
    case step(Int, loss: Float)
    /// All models are made, and measured next.
    case measuring(models: Int)
}
