import LatheTraining

/// The values of repeated measurements, in memory of a fixed size: beyond `limit` values
/// every second one is kept, then every fourth, and so on.
struct Samples {
    /// As many values as are all kept.
    static let limit = 1 << 16

    private var values: [Double] = []
    /// One value in so many is kept.
    private var interval = 1
    /// Values added so far.
    private var count = 0
    /// The newest value, 0 before the first.
    private(set) var last = 0.0
    /// The smallest value, 0 before the first.
    private(set) var minimum = 0.0

    /// - Parameter expectedCount: values for which there is room at once.
    init(expecting expectedCount: Int = 0) {
        // Touched now, so that a long run does not seem to grow.
        values = [Double](repeating: 0, count: min(expectedCount, Self.limit))
        values.removeAll(keepingCapacity: true)
    }

    mutating func add(_ value: Double) {
        (last, minimum) = (value, count == 0 ? value : min(minimum, value))
        if count.isMultiple(of: interval) {
            if values.count == Self.limit { keepEverySecond() }
            values.append(value)
        }
        count += 1
    }

    var median: Double { Stopwatch.median(values) }

    /// The value that `share` of all values do not exceed (nearest rank).
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }

    private mutating func keepEverySecond() {
        for place in 0..<values.count / 2 { values[place] = values[2 * place] }
        values.removeLast(values.count - values.count / 2)
        interval *= 2
    }
}
