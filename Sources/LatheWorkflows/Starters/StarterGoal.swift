/// What a starting config is for.
public enum StarterGoal: String, Sendable, Hashable, CaseIterable {
    /// Weights and inputs of 8 bits: a quarter of the size, without training.
    case int8
    /// Weights of 4 bits, inputs of 8.
    case int4
    /// Weights of 1 bit, inputs of 8, learned from the float model.
    case oneBit = "1bit"
    /// Half the size: half as many layers, or fewer channels.
    case halfSize = "half-size"
    /// Parts of every layer go: heads and rows, or channels.
    case pruned

    /// Whether the float model has to teach what comes out.
    public var needsTraining: Bool {
        switch self {
        case .int8, .int4: false
        case .oneBit, .halfSize, .pruned: true
        }
    }
}
