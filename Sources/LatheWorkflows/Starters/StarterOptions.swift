import LatheTensor

/// The settings that go with a starting config and that a DeepSpeed config has no key for.
public struct StarterOptions: Sendable, Hashable {
    /// The type in which everything that is not packed is stored.
    public let floats: DType
    /// Whether rounding without training takes the scales of the least squared error.
    public let searchesScales: Bool
    /// Whether the student learns from the model as it was, and not from labels alone.
    public let distills: Bool
}

extension StarterConfig {
    /// The settings that go with the config: those of the commands that apply it.
    public var options: StarterOptions {
        // What stays in floats would be most of a file of 1-bit weights. Only transformers learn from a teacher.
        StarterOptions(
            floats: goal == .oneBit ? .float16 : .float32, searchesScales: goal == .int4,
            distills: network.channels.isEmpty)
    }
}
