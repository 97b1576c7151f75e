import LatheFiles
import LatheTensor

/// How far results may be from recorded ones.
public struct GoldenTolerance: Sendable {
    /// `|a - b| <= absolute + relative |b|`
    public let absolute, relative: Double
    /// Instead, where given: this share of the largest magnitude in the row.
    public let relativeToRow: Double?
    /// The share of the elements that may be off because a rounding tipped over.
    public let flips: Double

    init(_ entry: JSONValue) {
        absolute = entry["atol"]?.double ?? 0
        relative = entry["rtol"]?.double ?? 0
        relativeToRow = entry["rel_to_row_max"]?.double
        flips = entry["max_flip_fraction"]?.double ?? 0
    }

    /// What is wrong with `actual`, or nil. Where the original gave NaN, any number is accepted, but no NaN.
    public func problem(_ actual: Tensor, _ expected: Tensor) -> String? {
        guard actual.shape == expected.shape else { return "shape \(actual.shape), recorded \(expected.shape)" }
        let values = actual.floatArray, recorded = expected.floatArray, columns = max(expected.shape.last ?? 1, 1)
        if let index = values.firstIndex(where: { !$0.isFinite }) { return "element \(index) is \(values[index])" }
        let off = values.indices.filter { index in
            guard !recorded[index].isNaN else { return false }
            let row = index / columns * columns
            let largest = relativeToRow.map { share in share * Double(recorded[row..<row + columns].map(abs).max() ?? 0)
            }
            let limit = largest ?? absolute + relative * abs(Double(recorded[index]))
            return abs(Double(values[index]) - Double(recorded[index])) > limit
        }
        guard off.count > Int(flips * Double(values.count)), let first = off.first else { return nil }
        return
            "\(off.count) of \(values.count) elements are off; element \(first) is \(values[first]), recorded \(recorded[first])"
    }
}
