import LatheNN
import LatheTensor

/// The form in which inference keeps a layer's weight.
public enum WeightFormat: String, Sendable, CaseIterable {
    /// Floats, laid out for the machine.
    case float32
    /// Multiplied in bf16; stored as they are.
    case bfloat16
    /// Codes of 8, 4, 2 (-a, 0, a) or 1 bit (-a, a) with one scale per output; inputs quantised to 8 bits, row by row.
    case w8a8, w4a8, w2a8, w1a8

    /// The bits of a code; nil for floats.
    var bits: Int? {
        switch self {
        case .float32, .bfloat16: nil
        case .w8a8: 8
        case .w4a8: 4
        case .w2a8: 2
        case .w1a8: 1
        }
    }
}

extension Module {
    /// Turns weights into `format`, in place. The network can then be used for inference only. What transforms do to a
    /// weight is baked first; an activation quantiser that does what an integer product does anyway is dropped.
    ///
    /// Floats are for all linear layers. Low-bit formats are for the linear layers, convolutions without groups and
    /// embeddings that the network names (``LowBitNetwork``), or for all of a network that names none: those that
    /// `lathe quantize` rounds as well. Low-bit values are `FakeQuantization`'s with a scale per output; a weight that
    /// lies on a grid of as many bits already keeps its values. A weight with values that are not finite stays as it
    /// is.
    /// - Parameters:
    ///   - format: the form of the weights.
    ///   - includesEmbeddings: whether the tables of embeddings get a low-bit format, too.
    ///   - include: decides by the path which layers are packed, in place of what the network names.
    /// - Returns: the paths of the layers that were packed.
    @discardableResult
    public func packWeights(
        _ format: WeightFormat, includesEmbeddings: Bool = true, where include: ((_ path: String) -> Bool)? = nil
    ) -> [String] {
        let named = format.bits == nil ? nil : (self as? any LowBitNetwork)?.lowBitLayers.paths(in: self)
        let isIncluded = include ?? { path in named?.contains(path) ?? true }
        return namedModules.filter { path, module in
            guard isIncluded(path), let layer = module as? any PackableLayer else { return false }
            guard let bits = format.bits else { return layer.packFloats(format == .float32 ? .float32 : .bfloat16) }
            return (includesEmbeddings || layer.product != nil) && layer.packCodes(ofBits: bits)
        }.map(\.path)
    }
}

extension PackableLayer {
    /// Prepacks float weights, if there is such a form for layers of this type.
    fileprivate func packFloats(_ precision: Precision) -> Bool {
        guard let make = (Self.self as? any FloatPackableLayer.Type)?.floatForm else { return false }
        bakeWeight()
        guard let parameter = weight.parameter, let form = Weight(packed: make(parameter.stored, precision)) else {
            return false
        }
        weight = form
        return true
    }

    /// Rounds the weight to codes of so many bits, for activations of 8 bits.
    fileprivate func packCodes(ofBits bits: Int) -> Bool {
        guard takesCodes else { return false }
        bakeWeight()
        guard let codes = weight.parameter.flatMap({ PackedTensor($0, bits: bits, isForIntegers: true) }),
            multipliesInIntegers(codes)
        else { return false }
        _ = pack(.tensor(codes), activations: .dynamicInt8, range: nil)
        product?.activationTransforms.removeAll(where: Self.isImplied)
        return true
    }

    /// Whether a transform is the symmetric 8-bit quantisation, row by row, that integer products do to their inputs
    /// here.
    private static func isImplied(_ transform: any ActivationTransform) -> Bool {
        guard let quantizer = transform as? ActivationQuantizer else { return false }
        return quantizer.calibration == .dynamic && quantizer.quantization == FakeQuantization(bits: 8)
    }
}

extension PackedTensor {
    /// The weight that `parameter` holds, on the grid of so many bits that it lies on or, otherwise, rounded with a
    /// symmetric scale for each row.
    fileprivate init?(_ parameter: Parameter, bits: Int, isForIntegers: Bool) {
        let weight = parameter.detached, quantization = FakeQuantization(bits: bits)
        if let grid = parameter.grid, grid.bits == bits {
            self.init(exactly: weight, on: grid, isForIntegers: isForIntegers)
        } else {
            guard let grid = ValueGrid(of: weight, quantization, groupCount: max(weight.shape[0], 1)) else {
                return nil
            }
            self.init(
                exactly: weight.fakeQuantized(quantization, groupCount: weight.shape[0]), on: grid,
                isForIntegers: isForIntegers)
        }
    }
}
