import LatheTensor

extension CompressionConfig {
    /// Weights that are rounded to few bits, in the forward pass or after each optimizer step (MoQ).
    public struct WeightQuantization: TechniqueSection, Hashable {
        /// The bits of a group of modules.
        public struct Bits: Sendable, Hashable {
            /// Bits at first, 1…16. Two bits are ternary, one is binary.
            public var startBits: Int
            /// Bits at last, 1…`startBits`.
            public var targetBits: Int
            /// Steps until the first bit goes; each later bit takes twice as long. With 0 a bit goes at every step.
            public var period: Int

            public init(startBits: Int, targetBits: Int, period: Int = 1) {
                (self.startBits, self.targetBits, self.period) = (startBits, targetBits, period)
            }
        }

        /// Rounded weights that are mixed with those from before: `ρ w + (1 - ρ) q(w)`.
        public struct Mixing: Sendable, Hashable {
            public var isEnabled = false
            /// How much ρ falls at each step. It starts at 1, and returns there when a bit goes.
            public var changeRatio = 0.001

            public init() {}
        }

        public var isEnabled = false
        /// Whether upstream's CUDA kernel was asked for. It means nothing here.
        public var usesKernel = false
        public var scheduleOffset = 0
        /// Equal runs of a flattened weight, each with a scale of its own. An embedding has one for each row instead.
        public var groupCount = 1
        public var isVerbose = false
        public var grid = QuantizationGrid.symmetric
        /// Whether weights are rounded in the forward pass; otherwise after each optimizer step.
        public var isInForward = false
        public var rounding = FakeQuantization.Rounding.nearest
        public var mixing = Mixing()
        /// Whether and how the curvature of the loss stretches the periods.
        public var eigenvalue = Eigenvalue()
        public var groups: [Group<Bits>] = []

        /// Whether periods follow the curvature of the loss: in the optimizer's step only, as upstream.
        public var followsCurvature: Bool { isEnabled && !isInForward && eigenvalue.isEnabled }

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}
