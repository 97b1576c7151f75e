import Foundation

/// A range of numbers along a side of a chart, with the places that are named on it.
struct Axis: Equatable {
    /// How the numbers are written.
    enum Unit: Equatable {
        case plain, percent, bytes, milliseconds, steps
    }

    let low: Double
    let high: Double
    let isLogarithmic: Bool
    let ticks: [Double]
    let unit: Unit
    /// Between ticks, where they are evenly spaced.
    private let step: Double?

    /// The largest magnitude that is drawn.
    private static let limit = 1e30
    /// The smallest that a logarithmic axis reaches down to.
    private static let least = 1e-30

    /// Whether `value` can be drawn at all.
    static func isDrawn(_ value: Double) -> Bool { abs(value) <= limit }

    /// An axis with even distances that holds all `values` that can be drawn; 0…1 where there is none.
    /// - Parameters:
    ///   - padding: What is left free at each end, as a share of the range.
    ///   - bounds: Values that are not exceeded by the padding: 0…1 for shares.
    static func linear(
        _ values: [Double], unit: Unit = .plain, padding: Double = 0.06, bounds: ClosedRange<Double>? = nil,
        tickCount: Int = 5
    ) -> Axis {
        var (low, high) = range(values) ?? (0, 1)
        let span = high - low
        if span <= max(abs(low), abs(high)) * 1e-9 {
            let margin = max(abs(low) * 0.05, low == 0 ? 1 : 0)
            (low, high) = (low - margin, high + margin)
        } else {
            (low, high) = (low - span * padding, high + span * padding)
        }
        if let bounds, let all = range(values), bounds.contains(all.low), bounds.contains(all.high) {
            (low, high) = (max(low, bounds.lowerBound), min(high, bounds.upperBound))
        }
        let step = evenStep(low, high, unit: unit, count: tickCount)
        return Axis(
            low: low, high: high, isLogarithmic: false, ticks: evenTicks(low, high, step: step), unit: unit, step: step)
    }

    /// An axis for sizes and times: logarithmic where all values are positive and the largest is at least four times
    /// the smallest.
    static func spanning(_ values: [Double], unit: Unit, padding: Double = 0.06, tickCount: Int = 6) -> Axis {
        guard let (low, high) = range(values), low >= least, high / low >= 4 else {
            return linear(values, unit: unit, padding: padding, tickCount: tickCount)
        }
        let margin = pow(high / low, padding)
        let (first, last) = (low / margin, high * margin)
        let ticks = logarithmicTicks(first, last, count: tickCount)
        return Axis(low: first, high: last, isLogarithmic: true, ticks: ticks, unit: unit, step: nil)
    }

    /// An axis for bits: 1, 2, 4 and so on, at even distances, with room for a bar at 1.
    static func doublings(to high: Double) -> Axis {
        let ticks = [1.0, 2, 4, 8, 16, 32, 64].filter { $0 <= high }
        return Axis(low: 0.5, high: min(high, 64), isLogarithmic: true, ticks: ticks, unit: .plain, step: 1)
    }

    /// Where `value` lies, 0 at `low` and 1 at `high`; what lies outside is put on the nearer end.
    func position(_ value: Double) -> Double {
        guard !value.isNaN else { return 0 }
        let clamped = min(max(value, low), high)
        let position = isLogarithmic ? log(clamped / low) / log(high / low) : (clamped - low) / (high - low)
        return position.isFinite ? position : 0
    }

    /// What stands at a tick.
    func label(_ tick: Double) -> String {
        switch unit {
        case .percent: decimal(tick * 100, step: step.map { $0 * 100 }) + "%"
        case .bytes: scaled(tick, [(1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB")], otherwise: " B")
        case .steps: scaled(tick, [(1e9, "G"), (1e6, "M"), (1e4, "k")], divisors: [1e9, 1e6, 1e3], otherwise: "")
        case .plain, .milliseconds: decimal(tick, step: step)
        }
    }

    private func scaled(
        _ tick: Double, _ units: [(from: Double, name: String)], divisors: [Double]? = nil, otherwise: String
    ) -> String {
        for (index, unit) in units.enumerated() where abs(tick) >= unit.from {
            let divisor = divisors?[index] ?? unit.from
            let text = decimal(tick / divisor, step: step.map { $0 / divisor })
            return (text.contains(".") ? text.trimmingZeros : text) + unit.name
        }
        return decimal(tick, step: step) + otherwise
    }

    /// `value` with as many decimals as tell it from its neighbours.
    private func decimal(_ value: Double, step: Double?) -> String {
        let magnitude = step ?? abs(value)
        guard value != 0 else { return "0" }
        if abs(value) >= 1e7 || magnitude < 1e-5 { return String(format: "%.3g", value) }
        let exponent = log10(magnitude).rounded(.down)
        // A step of 0.25 needs a decimal more than one of 0.2.
        let needsMore = step.map { abs($0 / pow(10, exponent) - 2.5) < 0.01 } ?? false
        return String(format: "%.\(Int(min(max(0, -exponent), 6)) + (needsMore && exponent < 1 ? 1 : 0))f", value)
    }
}

extension String {
    /// A decimal number without zeros at its end: `1.50` as `1.5`.
    fileprivate var trimmingZeros: String {
        let digits = reversed().drop { $0 == "0" }
        return String((digits.first == "." ? digits.dropFirst() : digits).reversed())
    }
}

// Where ticks lie.
extension Axis {
    private static func range(_ values: [Double]) -> (low: Double, high: Double)? {
        var result: (low: Double, high: Double)?
        for value in values where isDrawn(value) {
            result = (min(result?.low ?? value, value), max(result?.high ?? value, value))
        }
        return result
    }

    /// The round number nearest to what parts the range into `count`: 1, 2, 2.5 or 5 times a power of ten; a whole
    /// number for steps.
    private static func evenStep(_ low: Double, _ high: Double, unit: Unit, count: Int) -> Double {
        let rough = (high - low) / Double(max(count, 1))
        guard rough.isFinite, rough > 0 else { return 1 }
        let power = pow(10, log10(rough).rounded(.down))
        let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
        return unit == .steps ? max(step.rounded(), 1) : step
    }

    private static func evenTicks(_ low: Double, _ high: Double, step: Double) -> [Double] {
        let first = (low / step - 1e-9).rounded(.up)
        let ticks: [Double] = (0..<24).map { index in
            let tick = (first + Double(index)) * step
            return abs(tick) < step * 1e-9 ? 0 : tick
        }
        return ticks.filter { $0 <= high + step * 1e-9 }
    }

    /// Powers of ten, with their double and fivefold where there is room; every so many powers where there is not.
    private static func logarithmicTicks(_ low: Double, _ high: Double, count: Int) -> [Double] {
        let exponents = stride(from: log10(low).rounded(.down), through: log10(high).rounded(.up), by: 1)
        func ticks(_ factors: [Double], every: Double = 1) -> [Double] {
            exponents.filter { $0.truncatingRemainder(dividingBy: every) == 0 }.flatMap { exponent in
                factors.map { $0 * pow(10, exponent) }
            }
            .filter { $0 >= low * 0.999_999 && $0 <= high * 1.000_001 }
        }
        for factors in [[1.0, 2, 3, 4, 5, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1, 3]] where ticks(factors).count <= count {
            return ticks(factors)
        }
        for every in [1.0, 2, 3, 5, 10] where ticks([1], every: every).count <= count {
            return ticks([1], every: every)
        }
        return ticks([1], every: 20)
    }
}
