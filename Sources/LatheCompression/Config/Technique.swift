/// A way of compressing layers that a config can switch on, in the order in which upstream reads them.
public enum Technique: String, Sendable, Hashable, CaseIterable {
    case weightQuantization = "weight_quantization"
    case activationQuantization = "activation_quantization"
    case sparsePruning = "sparse_pruning"
    case rowPruning = "row_pruning"
    case headPruning = "head_pruning"
    case channelPruning = "channel_pruning"

    /// Its key in `compression_training`.
    public var key: String { rawValue }

    /// The kinds of modules that it can take. Upstream fails on any other that a pattern hits.
    package var moduleKinds: Set<CompressibleModule.Kind> {
        switch self {
        case .weightQuantization: [.linear, .convolution, .embedding]
        case .activationQuantization, .sparsePruning: [.linear, .convolution]
        case .rowPruning, .headPruning: [.linear]
        case .channelPruning: [.convolution]
        }
    }

    /// Whether it removes rows, heads or channels, and with them what other modules do to these.
    public var shrinksModules: Bool {
        switch self {
        case .rowPruning, .headPruning, .channelPruning: true
        case .weightQuantization, .activationQuantization, .sparsePruning: false
        }
    }
}

/// What a config says about one technique, as far as all techniques have it.
package protocol TechniqueSection: Sendable {
    /// Whether the technique is used at all.
    var isEnabled: Bool { get }
    /// The first step (forward pass, counted from 0) at which it is in force.
    var scheduleOffset: Int { get }
    /// The names of the groups and the modules that they take.
    var scopes: [(group: String, scope: ModuleScope)] { get }
}
