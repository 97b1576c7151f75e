import LatheNN
import LathePacking
import LatheTensor

/// The numbers of a layer's weight, whatever form it has.
enum WeightContent {
    /// Floats of the weight's shape, perhaps still in the form of a file.
    case floats(StoredTensor)
    /// Codes of 1 to 8 bits with scales.
    case codes(PackedTensor)

    /// The values, float32 of the weight's shape.
    var values: Tensor { stored.values }

    /// The values in the form in which they are at hand.
    var stored: StoredTensor {
        switch self {
        case .floats(let values): values
        case .codes(let tensor): StoredTensor(tensor.dequantized)
        }
    }

    /// What a packed weight holds; floats where its form has no codes. Forms that are not known were refused.
    fileprivate init(packed weight: AnyObject, values: @autoclosure () -> Tensor) {
        switch weight {
        case let weight as QuantizedWeight: self = .codes(weight.packed)
        case let weight as BlockSparseWeight: self = .codes(weight.packed)
        case let weight as QuantizedConvolution: self = .codes(weight.tensor)
        case let weight as QuantizedEmbedding: self = .codes(weight.tensor)
        default: self = .floats(StoredTensor(values()))
        }
    }
}

/// How a layer rounds its input before it multiplies.
struct InputRounding: Hashable {
    /// 3...16
    let bits: Int
    let grid: QuantizationGrid
    /// One range for everything; nil where each token, or image, has its own.
    let range: ActivationGrid.Range?
}

/// What a layer computes with: weight, bias and the rounding of its input. Transforms of a weight are applied.
struct LayerContent {
    let weight: WeightContent
    let bias: Tensor?
    /// In the order in which they happen; usually one, or none.
    private(set) var roundings: [InputRounding]
    /// What the weight shares with other layers that hold the same parameter.
    let parameter: Parameter?

    /// - Throws: `ExportError.unsupportedInput` and `rangeNotMeasured`.
    init(_ layer: Linear, at path: String) throws(ExportError) {
        try self.init(layer, roundings: layer.activationTransforms.roundings(at: path), at: path)
    }

    /// - Throws: `ExportError.unsupportedInput` and `rangeNotMeasured`.
    init(_ layer: Conv2d, at path: String) throws(ExportError) {
        try self.init(layer, roundings: layer.activationTransforms.roundings(at: path), at: path)
    }

    init(_ layer: Embedding) {
        (weight, bias) = Self.weightAndBias(layer)
        (roundings, parameter) = ([], layer.weight.plainParameter)
    }

    private init<Layer: CompressibleLayer>(_ layer: Layer, roundings: [InputRounding], at path: String)
        throws(ExportError)
    where Layer.Weight: PackableWeight {
        (weight, bias) = Self.weightAndBias(layer)
        parameter = layer.weight.plainParameter
        let all = roundings + [layer.weight.packed?.inputs].compactMap { $0 }
        self.roundings = try all.map { (rounding) throws(ExportError) in try rounding.checked(at: path) }
    }

    /// The same layer with inputs rounded to 8 bits in `range`, if its codes can be multiplied in integers.
    /// - Parameter range: `nil`, or a range of a single point, for the layer as it is.
    func with(staticInputs range: ActivationGrid.Range?) -> LayerContent {
        guard let range, range.low < range.high, case .codes(let tensor) = weight,
            CodedWeight(tensor).rowZeroPoints != nil
        else { return self }
        var content = self
        content.roundings = [InputRounding(bits: 8, grid: .asymmetric, range: range)]
        return content
    }

    private static func weightAndBias<Layer: CompressibleLayer>(_ layer: Layer) -> (WeightContent, Tensor?)
    where Layer.Weight: PackableWeight {
        let bias = layer.bias?.detached
        if let packed = layer.weight.packed {
            return (WeightContent(packed: packed.weight, values: packed.values()), bias)
        }
        if let parameter = layer.weight.plainParameter { return (.floats(parameter.stored), bias) }
        guard let baked = layer.weight.transformed?.baked(bias: bias) else {
            preconditionFailure("a weight that is neither packed nor trained")
        }
        return (.floats(StoredTensor(baked.weight)), baked.bias)
    }
}

/// A form that only inference uses.
private struct PackedForInference {
    let weight: AnyObject
    /// The values, of the weight's shape.
    let values: () -> Tensor
    /// How it rounds inputs itself.
    var inputs: InputRounding?
}

/// The weight of a layer that can have such a form.
private protocol PackableWeight: LayerWeight {
    /// Nil for a weight that training changes.
    var packed: PackedForInference? { get }
}

extension LinearWeight: PackableWeight {
    fileprivate var packed: PackedForInference? {
        guard case .packed(let weight) = self else { return nil }
        guard case .integer(let grid) = weight.arithmetic else {
            return PackedForInference(weight: weight) { weight.unpacked }
        }
        return PackedForInference(
            weight: weight, values: { weight.unpacked },
            inputs: InputRounding(bits: grid.bits, grid: grid.grid, range: grid.range))
    }
}

extension ConvolutionWeight: PackableWeight {
    fileprivate var packed: PackedForInference? {
        guard case .packed(let weight) = self else { return nil }
        let inputs = (weight as? QuantizedConvolution)?.scheme.inputs
        return PackedForInference(
            weight: weight, values: { weight.unpacked },
            inputs: inputs.map { InputRounding(bits: $0.bits, grid: $0.grid, range: nil) })
    }
}

extension EmbeddingWeight: PackableWeight {
    fileprivate var packed: PackedForInference? {
        guard case .packed(let weight) = self else { return nil }
        return PackedForInference(weight: weight) { weight.unpacked }
    }
}

extension LayerWeight {
    /// The parameter that the layer computes with as it is.
    fileprivate var plainParameter: Parameter? { transformed == nil ? parameter : nil }
}

extension ActivationTransforms {
    fileprivate func roundings(at path: String) throws(ExportError) -> [InputRounding] {
        var roundings: [InputRounding] = []
        for transform in list where transform.isActive {
            guard let quantizer = transform as? ActivationQuantizer else {
                throw .unsupportedInput(
                    layer: path,
                    reason: "its input passes through a \(type(of: transform)), which has no form outside Lathe")
            }
            let range = quantizer.range.map { ActivationGrid.Range(low: $0.low, high: $0.high) }
            roundings.append(
                InputRounding(bits: quantizer.quantization.bits, grid: quantizer.quantization.grid, range: range))
        }
        return roundings
    }
}

extension InputRounding {
    /// This rounding, if its range says something.
    fileprivate func checked(at path: String) throws(ExportError) -> InputRounding {
        if let range, !(range.low < range.high) { throw .rangeNotMeasured(layer: path) }
        return self
    }
}

extension Module {
    /// Makes sure that every packed weight has a form that exports know.
    /// - Throws: `ExportError.unknownWeight`.
    func checkWeightForms() throws(ExportError) {
        if let (layer, form) = unknownForms.first { throw .unknownWeight(layer: layer, form: form) }
    }

    /// The paths of the layers whose weights lie in codes.
    var codedLayers: [String] {
        namedModules.compactMap { path, module in
            let packed = ((module as? any CompressibleLayer)?.weight as? any PackableWeight)?.packed?.weight
            return packed is any StoredWeight && !(packed is SparseFloatWeight) && !(packed is SparseFloatConvolution)
                ? path : nil
        }
    }
}
