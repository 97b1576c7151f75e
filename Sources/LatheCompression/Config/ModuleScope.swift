/// Which modules a group of a technique takes.
public struct ModuleScope: Sendable, Hashable {
    /// Patterns that are searched in the modules' paths.
    public var patterns: [ModulePattern]
    /// For each pattern, patterns of the modules that shrink along with what it hits; nil where nothing shrinks: what
    /// is pruned becomes 0.
    public var related: [[ModulePattern]]?

    public init(_ patterns: [ModulePattern], related: [[ModulePattern]]? = nil) {
        (self.patterns, self.related) = (patterns, related)
    }
}

extension CompressionConfig {
    /// Modules that a technique treats alike: a member of `different_groups`.
    public struct Group<Parameters: Sendable & Hashable>: Sendable, Hashable {
        /// Its key in `different_groups`.
        public var name: String
        public var parameters: Parameters
        public var scope: ModuleScope

        public init(_ name: String, _ parameters: Parameters, _ scope: ModuleScope) {
            (self.name, self.parameters, self.scope) = (name, parameters, scope)
        }
    }
}
