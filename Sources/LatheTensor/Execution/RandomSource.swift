import LatheFiles

/// A stream of random numbers that is a pure function of a seed and a position (Philox4x32-10), so that results do not
/// depend on the number of threads, and a run can be resumed at the position it had.
public final class RandomSource: Sendable {
    /// The source that operations use unless they are given one.
    @TaskLocal public static var current = RandomSource(seed: 42)

    /// Where a source stands; enough to go on from there.
    public struct State: Sendable, Hashable, Codable {
        public var seed: UInt64
        /// The next unused block of 64 numbers.
        public var block: UInt64

        public init(seed: UInt64, block: UInt64 = 0) {
            self.seed = seed
            self.block = block
        }
    }

    private let storage: Guarded<State>

    /// A stream that begins at its first number.
    public convenience init(seed: UInt64) {
        self.init(State(seed: seed))
    }

    /// A stream that goes on where another stood.
    public init(_ state: State) {
        storage = Guarded(state)
    }

    /// Where the stream stands. Setting it rewinds or skips.
    public var state: State {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }

    /// Takes `count` numbers out of the stream and returns where they begin.
    func reserve(_ count: Int) -> State {
        storage.withLock { state in
            defer { state.block += UInt64((count + 63) / 64) }
            return state
        }
    }
}

/// Runs `body` with random operations (dropout, initialisation) drawing from `source`.
public func withRandomSource<Result>(_ source: RandomSource, _ body: () throws -> Result) rethrows -> Result {
    try RandomSource.$current.withValue(source, operation: body)
}
