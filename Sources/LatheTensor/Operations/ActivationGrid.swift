import LatheKernels

/// How an integer product quantises its input rows.
public struct ActivationGrid: Sendable, Hashable {
    /// The range of a static quantiser, which symmetric grids take as ±max(|low|, |high|).
    public struct Range: Sendable, Hashable {
        public var low: Float
        public var high: Float

        public init(low: Float, high: Float) {
            (self.low, self.high) = (low, high)
        }
    }

    /// 4 or 8; codes always lie in bytes.
    public var bits: Int
    public var grid: QuantizationGrid
    /// nil: every row has the range of its values (dynamic quantisation); else all rows share this one (static
    /// quantisation).
    public var range: Range?

    public init(bits: Int = 8, grid: QuantizationGrid = .symmetric, range: Range? = nil) {
        precondition(bits == 4 || bits == 8, "inputs have 4 or 8 bits, not \(bits)")
        (self.bits, self.grid, self.range) = (bits, grid, range)
    }
}

/// The grid of a uniform quantiser: symmetric around zero, or from the smallest to the largest value (formulas:
/// `quantize_rows` in `lathe_ops.h`).
public enum QuantizationGrid: String, Sendable, CaseIterable, Codable {
    case symmetric, asymmetric

    var kernel: lathe_grid {
        switch self {
        case .symmetric: LATHE_SYMMETRIC
        case .asymmetric: LATHE_ASYMMETRIC
        }
    }
}
