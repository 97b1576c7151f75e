/// The values that share a scale.
public enum Granularity: Sendable, Hashable {
    /// The whole tensor.
    case tensor
    /// Each row of a weight: an output, a channel, a word.
    case channel
    /// So many consecutive columns of a row.
    case group(size: Int)
    /// So many consecutive rows.
    case rows(Int)
    /// Each row, or image, of activations, whose ranges are found as they come.
    case token

    /// The granularity of `groupCount` equal runs of a weight's values; `nil` if a run is neither whole rows nor
    /// divides a row.
    /// - Parameters:
    ///   - groupCount: the runs; DeepSpeed's `quantize_groups`.
    ///   - rows: the rows of the weight.
    ///   - columns: the values of a row.
    public init?(groupCount: Int, rows: Int, columns: Int) {
        guard groupCount > 0, rows > 0, columns > 0, rows * columns % groupCount == 0 else { return nil }
        if rows % groupCount == 0 {
            self.init(rowsPerScale: rows / groupCount, rows: rows)
        } else if columns % (rows * columns / groupCount) == 0 {
            self = .group(size: rows * columns / groupCount)
        } else {
            return nil
        }
    }

    /// The granularity of scales `[rows / rowsPerScale, groups]`.
    package init(scales: Tensor, rowsPerScale: Int, columns: Int) {
        if scales.shape[1] > 1 {
            self = .group(size: columns / scales.shape[1])
        } else {
            self.init(rowsPerScale: rowsPerScale, rows: scales.shape[0] * rowsPerScale)
        }
    }

    private init(rowsPerScale: Int, rows: Int) {
        self = rowsPerScale == 1 ? .channel : rowsPerScale == rows ? .tensor : .rows(rowsPerScale)
    }

    /// The shape `[rows / rowsPerScale, groups]` of the scales of a weight; `nil` if the weight does not divide so.
    public func scales(rows: Int, columns: Int) -> (shape: [Int], rowsPerScale: Int)? {
        switch self {
        case .tensor: ([1, 1], rows)
        case .channel, .token: ([rows, 1], 1)
        case .group(let size): columns % size == 0 ? ([rows, columns / size], 1) : nil
        case .rows(let count): rows % count == 0 ? ([rows / count, 1], count) : nil
        }
    }
}
