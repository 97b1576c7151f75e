/// Times work that is too short for a single measurement, on machines that others use too.
public enum Stopwatch {
    /// Returns the median milliseconds of each piece of work, timed in turn.
    public static func interleaved(_ work: [() -> Void], repeats: Int) -> [Double] {
        let times = inTurn(work, rounds: max(repeats, 1)...max(repeats, 1))
        return work.indices.map { times.median($0) }
    }

    /// Times pieces of work in turn, so that a drift of the machine's speed meets all alike; a first round does not
    /// count.
    /// - Parameters:
    ///   - work: the pieces; each round runs every one once, in this order.
    ///   - rounds: the fewest and the most rounds.
    ///   - seconds: the time after which no round begins beyond the fewest.
    ///   - didFinish: receives the number of rounds that are done.
    package static func inTurn(
        _ work: [() -> Void], rounds: ClosedRange<Int>, seconds: Double = 0, didFinish: (Int) -> Void = { _ in }
    ) -> InterleavedTimes {
        work.forEach { $0() }
        var times = InterleavedTimes(count: work.count), count = 0
        let start = ContinuousClock.now
        while count < rounds.lowerBound
            || (count < rounds.upperBound && (ContinuousClock.now - start) / .seconds(1) < seconds)
        {
            times.add(work.map { milliseconds($0) })
            count += 1
            didFinish(count)
        }
        return times
    }

    /// How long `body` takes.
    public static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let duration = try ContinuousClock().measure(body)
        return Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
    }

    /// The middle value, or the mean of the two in the middle; 0 for none.
    public static func median(_ values: [Double]) -> Double {
        if values.isEmpty { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
