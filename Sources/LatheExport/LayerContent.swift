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

    /// The content of a packed weight: floats if its form has no codes. Forms that are not known were refused.
    fileprivate init(_ packed: any PackedWeight) {
        if let codes = (packed as? any StoredWeight)?.codes {
            self = .codes(codes)
        } else {
            self = .floats(StoredTensor(packed.unpacked))
        }
    }
}

/// The rounding of a layer's input before the product.
struct InputRounding: Hashable {
    /// 3...16
    let bits: Int
    let grid: QuantizationGrid
    /// One range for everything; nil where each token, or image, has its own.
    let range: ActivationGrid.Range?
}

/// The weight, the bias and the input rounding of a layer. Transforms of a weight are applied.
struct LayerContent {
    let weight: WeightContent
    let bias: Tensor?
    /// In the order in which they happen; usually one, or none.
    private(set) var roundings: [InputRounding]
    /// The parameter of the weight, by which layers that share it are found; `nil` for other weights.
    let parameter: Parameter?

    /// - Throws: `ExportError.unsupportedInput` and `rangeNotMeasured`.
    init(_ layer: some ProductLayer, at path: String) throws(ExportError) {
        (weight, bias) = Self.weightAndBias(layer)
        parameter = layer.weight.plainParameter
        let own = layer.weight.packedWeight?.activationGrid.map {
            InputRounding(bits: $0.bits, grid: $0.grid, range: $0.range)
        }
        let all = try layer.activationTransforms.roundings(at: path) + [own].compactMap { $0 }
        roundings = try all.map { (rounding) throws(ExportError) in try rounding.checked(at: path) }
    }

    init(_ layer: Embedding) {
        (weight, bias) = Self.weightAndBias(layer)
        (roundings, parameter) = ([], layer.weight.plainParameter)
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

    private static func weightAndBias(_ layer: some CompressibleLayer) -> (WeightContent, Tensor?) {
        let bias = layer.bias?.detached
        if let packed = layer.weight.packedWeight { return (WeightContent(packed), bias) }
        if let parameter = layer.weight.plainParameter { return (.floats(parameter.stored), bias) }
        guard let baked = layer.weight.transformed?.baked(bias: bias) else {
            preconditionFailure("a weight that is neither packed nor trained")
        }
        return (.floats(StoredTensor(baked.weight)), baked.bias)
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
        if let error = unknownForms.first { throw .unknownWeight(error) }
    }

    /// The paths of the layers whose weights lie in codes.
    var codedLayers: [String] {
        namedModules.compactMap { path, module in
            ((module as? any CompressibleLayer)?.weight.packedWeight as? any StoredWeight)?.codes != nil
                ? path : nil
        }
    }
}
