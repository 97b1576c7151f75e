/// The milliseconds of several pieces of work that ran in turn, round by round.
public struct InterleavedTimes: Sendable, Equatable {
    /// The times of each piece of work, one a round.
    public private(set) var samples: [[Double]]

    /// - Parameter count: the pieces of work.
    public init(count: Int) { samples = [[Double]](repeating: [], count: count) }

    /// The number of rounds.
    public var roundCount: Int { samples.first?.count ?? 0 }

    /// Adds a round.
    /// - Parameter times: milliseconds, one for each piece of work.
    public mutating func add(_ times: [Double]) {
        precondition(times.count == samples.count, "\(times.count) times of \(samples.count) pieces of work")
        for (index, time) in times.enumerated() { samples[index].append(time) }
    }

    /// The median milliseconds of a piece of work.
    public func median(_ index: Int) -> Double { Stopwatch.median(samples[index]) }

    /// The middle half of the times of a piece of work, in milliseconds.
    public func spread(_ index: Int) -> Spread { Spread(samples[index]) }

    /// How many times as long one piece of work takes as another: the median, and the middle half, of the quotients of
    /// each round.
    public func ratio(_ index: Int, to other: Int) -> Ratio {
        Ratio(zip(samples[index], samples[other]).map { $0 / max($1, .leastNormalMagnitude) })
    }

    /// A quotient of times that were measured in turn.
    public struct Ratio: Codable, Sendable, Equatable {
        /// The median of the rounds.
        public var median: Double
        /// The middle half of the rounds.
        public var spread: Spread

        /// - Parameter quotients: one a round.
        public init(_ quotients: [Double]) { (median, spread) = (Stopwatch.median(quotients), Spread(quotients)) }
    }
}

/// The interquartile range: the middle half of repeated measurements lies between its ends.
public struct Spread: Codable, Sendable, Hashable {
    public var low: Double
    public var high: Double

    public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

    /// The quartiles of `values`, by linear interpolation between neighbours; 0 for none.
    public init(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double {
            guard let last = sorted.indices.last else { return 0 }
            let place = share * Double(last), below = Int(place)
            return sorted[below] + (sorted[min(below + 1, last)] - sorted[below]) * (place - Double(below))
        }
        self.init(low: quantile(0.25), high: quantile(0.75))
    }
}
