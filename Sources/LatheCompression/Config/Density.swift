extension CompressionConfig {
    /// How much of a group's modules is kept.
    public struct Density: Sendable, Hashable {
        /// The share of elements, rows, heads or channels that stay, above 0 and at most 1: `ceil(ratio × count)` of
        /// them.
        public var ratio: Double

        public init(_ ratio: Double) { self.ratio = ratio }
    }
}
