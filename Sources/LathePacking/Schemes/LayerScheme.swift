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
    /// 1...8
    public var bits: Int
    public var grid: QuantizationGrid
    public var granularity: Granularity

    public init(bits: Int, grid: QuantizationGrid, granularity: Granularity) {
        (self.bits, self.grid, self.granularity) = (bits, grid, granularity)
    }
}

/// How a layer's inputs are quantised.
public struct ActivationScheme: Sendable, Hashable {
    /// 3...16
    public var bits: Int
    public var grid: QuantizationGrid
    /// Per token, if every row or image has its own range; or per tensor, if all share one, which files keep beside
    /// the weight (`ActivationQuantizer.rangeName`).
    public var granularity: Granularity

    public init(bits: Int, grid: QuantizationGrid, granularity: Granularity) {
        (self.bits, self.grid, self.granularity) = (bits, grid, granularity)
    }

    /// Symmetric 8 bits with a range for each row or image: what integer products do by themselves.
    public static let dynamicInt8 = ActivationScheme(bits: 8, grid: .symmetric, granularity: .token)

    /// Whether ranges are found as activations come.
    public var isDynamic: Bool { granularity == .token }
}
