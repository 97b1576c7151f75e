import Lathe

/// What repeated measurements of one thing gave.
struct Samples {
    private var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    /// The newest value, 0 before the first.
    var last: Double { values.last ?? 0 }
    var median: Double { Stopwatch.median(values) }
    var minimum: Double { values.min() ?? 0 }

    /// The value that `share` of all values do not exceed (nearest rank).
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }
}
