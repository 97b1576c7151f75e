import LatheNN
import LatheTensor

extension ActivationGrid {
    /// The grid on which integer products quantise inputs; nil where they are not of 4 or 8 bits.
    package init?(_ scheme: ActivationScheme, _ range: (low: Float, high: Float)?) {
        guard scheme.bits == 4 || scheme.bits == 8, scheme.isDynamic || range != nil else { return nil }
        self.init(
            bits: scheme.bits, grid: scheme.grid,
            range: scheme.isDynamic ? nil : range.map { Range(low: $0.low, high: $0.high) })
    }
}

extension ActivationScheme {
    /// What a quantiser does.
    package init(_ quantizer: ActivationQuantizer) {
        self.init(
            bits: quantizer.quantization.bits, grid: quantizer.quantization.grid,
            granularity: quantizer.calibration == .dynamic ? .token : .tensor)
    }

    /// The rounding of an integer product's activations.
    init(_ grid: ActivationGrid) {
        self.init(bits: grid.bits, grid: grid.grid, granularity: grid.range == nil ? .token : .tensor)
    }

    /// The quantiser that does it.
    func quantizer(_ range: (low: Float, high: Float)?) -> ActivationQuantizer {
        guard let range else { return ActivationQuantizer(bits: bits, grid: grid) }
        let quantizer = ActivationQuantizer(
            bits: bits, grid: grid, calibration: .running(momentum: ActivationQuantizer.defaultMomentum))
        quantizer.range = range
        return quantizer
    }
}
