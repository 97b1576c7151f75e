import Foundation
import LatheTensor
import Testing

/// How far results may be from what is expected, and in what sense.
enum Tolerance {
    /// The same numbers; 0 equals -0, and NaN equals NaN.
    case exact
    /// Each element within this share of its own expected value, or within this share of 1 where that is smaller than
    /// 1.
    case relative(Double)
    /// Each element within this share of the largest expected magnitude: for sums, whose terms cancel.
    case normalized(Double)
    /// A ratio of signal to error power of at least this many decibels: for quantised results, whose single elements
    /// may be off.
    case decibels(Double)

    /// One float32 operation that is rounded once, or an elementary function within a few units in the last place.
    static let rounding = Tolerance.relative(1e-6)
    /// Sums of up to some hundred float32 products.
    static let sum = Tolerance.normalized(4e-6)
    /// Sums of products whose factors were rounded to bf16, which has 8 bits: 2^-9 each way, halved by cancelling.
    static let bfloat16 = Tolerance.normalized(8e-3)
}

/// Checks shape, type and elements, and reports the first reason for which they differ, with the worst element's index.
func expectClose(
    _ actual: Tensor, _ expected: Reference, _ tolerance: Tolerance, _ comment: String = "", dtype: DType = .float32,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let difference = difference(of: actual, from: expected, tolerance, dtype: dtype) else { return }
    Issue.record("\(comment)\(comment.isEmpty ? "" : ": ")\(difference)", sourceLocation: sourceLocation)
}

/// As above, for a tensor that has the expected type and elements.
func expectClose(
    _ actual: Tensor, _ expected: Tensor, _ tolerance: Tolerance, _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(actual, Reference(expected), tolerance, comment, dtype: expected.dtype, sourceLocation: sourceLocation)
}

/// Why `actual` is not close to `expected`; nil if it is.
func difference(of actual: Tensor, from expected: Reference, _ tolerance: Tolerance, dtype: DType = .float32) -> String?
{
    if actual.shape != expected.shape { return "shape \(actual.shape), expected \(expected.shape)" }
    if actual.dtype != dtype { return "\(actual.dtype), expected \(dtype)" }
    let pairs = zip(actual.floatArray.map(Double.init), expected.values).map { ($0, $1) }
    func place(_ offset: Int) -> String {
        "\(pairs[offset].0) at \(expected.shape.index(at: offset)), expected \(pairs[offset].1)"
    }
    if let offset = pairs.firstIndex(where: { !$0.isFinite || !$1.isFinite ? !same($0, $1) : false }) {
        return place(offset)
    }
    let errors = pairs.map { same($0, $1) ? 0 : abs($0 - $1) }
    let largest = pairs.filter { $0.1.isFinite }.map { abs($0.1) }.max() ?? 0
    let limits: [Double]
    switch tolerance {
    case .exact: limits = pairs.map { _ in 0 }
    case .relative(let share): limits = pairs.map { share * max(1, abs($0.1)) }
    case .normalized(let share): limits = pairs.map { _ in share * largest }
    case .decibels(let wanted):
        let ratio = signalToError(pairs)
        return ratio >= wanted ? nil : "\(ratio) dB, expected \(wanted) dB"
    }
    let excess = zip(errors, limits).map { $0 - $1 }
    guard let worst = excess.indices.max(by: { excess[$0] < excess[$1] }), excess[worst] > 0 else { return nil }
    let count = excess.count { $0 > 0 }
    return
        "\(place(worst)): off by \(errors[worst]), at most \(limits[worst]) allowed; \(count) of \(errors.count) elements differ"
}

/// 10 log10(Σ expected² / Σ (actual - expected)²).
private func signalToError(_ pairs: [(Double, Double)]) -> Double {
    let signal = pairs.reduce(0) { $0 + $1.1 * $1.1 }
    let error = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return error == 0 ? .infinity : 10 * log10(signal / error)
}

private func same(_ left: Double, _ right: Double) -> Bool {
    left == right || left.isNaN && right.isNaN
}
