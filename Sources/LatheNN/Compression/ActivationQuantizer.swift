import LatheTensor

/// Fake quantisation of a layer's input, straight through: a range for every token (linear layers) or image
/// (convolutions), or one that follows the data in training and stays.
package final class ActivationQuantizer: ActivationTransform {
    /// Where the grid's range comes from.
    package enum Calibration: Sendable, Hashable {
        /// Every token, or image, has its own.
        case dynamic
        /// One range for all: in training `range = momentum · range + (1 - momentum) · (smallest, largest)`, and what
        /// it then is. A range of one point, as it is at first, starts from the input's. Stored as
        /// `activation_quantizer.x_min_max`, `[2]`.
        case running(momentum: Float)
    }

    /// DeepSpeed's momentum.
    package static let defaultMomentum: Float = 0.95
    /// What a static range is called in checkpoints, below its layer.
    package static let rangeName = "activation_quantizer.x_min_max"

    package let quantization: FakeQuantization
    package let calibration: Calibration
    package var isActive = true
    /// Whether it only watches: inputs pass as they are, and the running range widens until it holds them. A range of
    /// one point starts from the input's.
    package var isCalibrating = false
    /// `[2]`: smallest, largest.
    private let limits: Parameter?

    package init(bits: Int, grid: QuantizationGrid = .symmetric, calibration: Calibration = .dynamic) {
        precondition(bits > 2, "inputs take at least 3 bits, got \(bits)")
        quantization = FakeQuantization(bits: bits, grid: grid)
        self.calibration = calibration
        limits = calibration == .dynamic ? nil : Parameter(.zeros([2]), isTrainable: false)
    }

    /// The running range; nil where it is dynamic. A calibration may set it. Until then, or until training has seen
    /// inputs, it is 0...0: all inputs become 0.
    package var range: (low: Float, high: Float)? {
        get { limits.map { ($0.detached.floatArray[0], $0.detached.floatArray[1]) } }
        set {
            guard let limits, let newValue else { preconditionFailure("a dynamic range cannot be set") }
            limits.value = Tensor([newValue.low, newValue.high])
        }
    }

    package var storedParameters: [(name: String, parameter: Parameter)] {
        limits.map { [(Self.rangeName, $0)] } ?? []
    }

    package func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput {
        if isCalibrating {
            widen(input.extremes)
            return input
        }
        if case .running(let momentum) = calibration, Execution.current.isTraining, input.tensor.elementCount > 0 {
            follow(input.extremes, momentum)
        }
        let (quantization, range) = (quantization, range)
        guard let range else {
            return input.derived(Dynamic(quantization: quantization, rowCount: rowCount)) {
                $0.fakeQuantized(quantization, groupCount: rowCount)
            }
        }
        return input.derived(Fixed(quantization: quantization, low: range.low, high: range.high)) {
            $0.fakeQuantized(quantization, from: range.low, to: range.high)
        }
    }

    /// Moves the range towards an input's.
    private func follow(_ extremes: (low: Float, high: Float), _ momentum: Float) {
        guard var range else { return }
        if range.low == range.high { range = extremes }
        func moved(_ limit: Float, _ seen: Float) -> Float { momentum * limit + (1 - momentum) * seen }
        self.range = (moved(range.low, extremes.low), moved(range.high, extremes.high))
    }

    private func widen(_ extremes: (low: Float, high: Float)) {
        guard let range else { return }
        self.range = range.low == range.high ? extremes : (min(range.low, extremes.low), max(range.high, extremes.high))
    }

    /// What layers share: the same function of the same input.
    private struct Dynamic: Hashable {
        let quantization: FakeQuantization
        let rowCount: Int
    }

    private struct Fixed: Hashable {
        let quantization: FakeQuantization
        let low, high: Float
    }
}
