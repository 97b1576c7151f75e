/// Times work that is too short for a single measurement, on machines that others use too.
public enum Stopwatch {
    /// The median milliseconds of each piece of work. They run in turn, so that a drift of the machine's speed meets all alike; a first round does not count.
    public static func interleaved(_ work: [() -> Void], repeats: Int) -> [Double] {
        work.forEach { $0() }
        var times = work.map { _ in [Double]() }
        for _ in 0..<max(repeats, 1) {
            for (index, body) in work.enumerated() { times[index].append(milliseconds(body)) }
        }
        return times.map(median)
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
