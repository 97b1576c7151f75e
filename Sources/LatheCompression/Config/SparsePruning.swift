extension CompressionConfig {
    /// Single weights, or blocks of them, that become 0.
    public struct SparsePruning: TechniqueSection, Hashable {
        /// Which weights go.
        public enum Method: Sendable, Hashable {
            /// The smallest at the start, once for all.
            case l1
            /// Those with the lowest learned scores.
            case topK
            /// Those that matter least to the loss, more and more of them; it takes all layers but the excluded ones,
            /// and has no groups.
            case snipMomentum(SnipMomentum)
        }

        /// The settings of `snip_momentum`, which stand in `shared_parameters`.
        public struct SnipMomentum: Sendable, Hashable {
            /// The share of weights that stay in the end, above 0 and below 1.
            public var denseRatio = 0.1
            public var blockPattern = BlockPattern.blocks(rows: 4, columns: 1)
            /// The last step at which masks are renewed.
            public var offsetEnd: Int
            /// Steps from one renewal to the next.
            public var offsetStride = 1
            /// Searched in the paths of modules, which then stay dense.
            public var excludedModules: [ModulePattern] = []

            /// - Parameter offsetEnd: the last step at which masks are renewed; upstream's default is
            ///   `schedule_offset`.
            public init(offsetEnd: Int) { self.offsetEnd = offsetEnd }
        }

        public var isEnabled = false
        public var method = Method.l1
        public var scheduleOffset = 1000
        public var groups: [Group<Density>] = []

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}
