import LatheTensor

/// How one layer's weight lies in a file, and how its inputs are quantised: what a group of `quantization_config` says
/// of the layers that it names.
public struct LayerScheme: Sendable, Hashable {
    /// The form of the weight's tensors; one of `PackedForm.all`, or `PackedForm.dense`.
    public var format: String
    /// Nil where the weight is stored in floats.
    public var weight: WeightScheme?
    /// Nil where the inputs are not quantised.
    public var inputs: ActivationScheme?

    public init(format: String, weight: WeightScheme?, inputs: ActivationScheme? = nil) {
        (self.format, self.weight, self.inputs) = (format, weight, inputs)
    }
}

/// The grid of a weight's codes.
public struct WeightScheme: Sendable, Hashable {
    /// What shares a scale.
    public enum Sharing: Sendable, Hashable {
        /// The whole weight.
        case tensor
        /// Each row.
        case channel
        /// So many consecutive columns of a row.
        case group(size: Int)
        /// So many consecutive rows.
        case rows(Int)
    }

    /// 1...8
    public var bits: Int
    public var grid: QuantizationGrid
    public var sharing: Sharing

    public init(bits: Int, grid: QuantizationGrid, sharing: Sharing) {
        (self.bits, self.grid, self.sharing) = (bits, grid, sharing)
    }
}

/// How a layer's inputs are quantised.
public struct ActivationScheme: Sendable, Hashable {
    /// 3...16
    public var bits: Int
    public var grid: QuantizationGrid
    /// Whether every token, or image, has its own range; otherwise all share one, which lies with the weights
    /// (`ActivationQuantizer.rangeName`).
    public var isDynamic: Bool

    public init(bits: Int, grid: QuantizationGrid, isDynamic: Bool) {
        (self.bits, self.grid, self.isDynamic) = (bits, grid, isDynamic)
    }
}
