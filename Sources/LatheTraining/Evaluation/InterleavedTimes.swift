/// The milliseconds of several pieces of work that ran in turn, round by round.
package struct InterleavedTimes: Sendable, Equatable {
    /// The times of each piece of work, one a round.
    package private(set) var samples: [[Double]]

    /// - Parameter count: the pieces of work.
    package init(count: Int) { samples = [[Double]](repeating: [], count: count) }

    /// The number of rounds.
    package var roundCount: Int { samples.first?.count ?? 0 }

    /// Adds a round.
    /// - Parameter times: milliseconds, one for each piece of work.
    package mutating func add(_ times: [Double]) {
        precondition(times.count == samples.count, "\(times.count) times of \(samples.count) pieces of work")
        for (index, time) in times.enumerated() { samples[index].append(time) }
    }

    /// The median milliseconds of a piece of work.
    package func median(_ index: Int) -> Double { Stopwatch.median(samples[index]) }

    /// The middle half of the times of a piece of work, in milliseconds.
    package func spread(_ index: Int) -> Spread { Spread(samples[index]) }

    /// How many times as long one piece of work takes as another: the median, and the middle half, of the quotients of
    /// each round.
    package func ratio(_ index: Int, to other: Int) -> Ratio {
        Ratio(zip(samples[index], samples[other]).map { $0 / max($1, .leastNormalMagnitude) })
    }

    /// A quotient of times that were measured in turn.
    package struct Ratio: Codable, Sendable, Equatable {
        /// The median of the rounds.
        package var median: Double
        /// The middle half of the rounds.
        package var spread: Spread

        /// - Parameter quotients: one a round.
        package init(_ quotients: [Double]) { (median, spread) = (Stopwatch.median(quotients), Spread(quotients)) }
    }
}

/// The interquartile range: the middle half of repeated measurements lies between its ends.
package struct Spread: Codable, Sendable, Hashable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

    /// The quartiles of `values`, by linear interpolation between neighbours; 0 for none.
    package init(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double {
            guard let last = sorted.indices.last else { return 0 }
            let place = share * Double(last), below = Int(place)
            return sorted[below] + (sorted[min(below + 1, last)] - sorted[below]) * (place - Double(below))
        }
        self.init(low: quantile(0.25), high: quantile(0.75))
    }
}
