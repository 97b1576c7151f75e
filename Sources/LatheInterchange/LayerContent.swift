import LatheNN
import LatheRuntime
import LatheTensor

/// The numbers of a layer's weight, whatever form it has.
enum WeightContent {
    /// float32, of the weight's shape.
    case floats(Tensor)
    /// Codes of 1 to 8 bits with scales.
    case codes(PackedTensor)

    /// The values, of the weight's shape.
    var values: Tensor {
        switch self {
        case .floats(let values): values
        case .codes(let tensor): tensor.dequantized
        }
    }

    /// What a packed weight holds; floats where its form has no codes.
    fileprivate init(packed weight: AnyObject, values: @autoclosure () -> Tensor) {
        switch weight {
        case let weight as QuantizedWeight: self = .codes(weight.packed)
        case let weight as BlockSparseWeight: self = .codes(weight.packed)
        case let weight as QuantizedConvolution: self = .codes(weight.tensor)
        case let weight as QuantizedTable: self = .codes(weight.tensor)
        default: self = .floats(values())
        }
    }
}

/// How a layer rounds its input before it multiplies.
struct InputRounding: Hashable {
    /// 3...16
    let bits: Int
    let grid: QuantizationGrid
    /// One range for everything; nil where each token, or image, has its own.
    let range: InputGrid.Range?
}

/// What a layer computes with: weight, bias and the rounding of its input. Transforms of a weight are applied.
struct LayerContent {
    let weight: WeightContent
    let bias: Tensor?
    /// In the order in which they happen; usually one, or none.
    let roundings: [InputRounding]
    /// What the weight shares with other layers that hold the same parameter.
    let parameter: Parameter?

    /// - Throws: `ExportError.unsupportedInput` and `rangeNotMeasured`.
    init(_ layer: Linear, at path: String) throws(ExportError) {
        var roundings = try layer.inputTransforms.roundings(at: path)
        switch layer.weight {
        case .dense(let parameter): (weight, bias) = (.floats(parameter.detached), layer.bias?.detached)
        case .shaped(let shaped):
            let baked = shaped.baked(bias: layer.bias?.detached)
            (weight, bias) = (.floats(baked.weight), baked.bias)
        case .packed(let packed):
            (weight, bias) = (WeightContent(packed: packed, values: packed.unpacked), layer.bias?.detached)
            if case .integer(let grid) = packed.arithmetic { roundings.append(InputRounding(bits: grid.bits, grid: grid.grid, range: grid.range)) }
        }
        parameter = layer.weight.plainParameter
        self.roundings = try roundings.map { (rounding) throws(ExportError) in try rounding.checked(at: path) }
    }

    /// - Throws: `ExportError.unsupportedInput` and `rangeNotMeasured`.
    init(_ layer: Conv2d, at path: String) throws(ExportError) {
        var roundings = try layer.inputTransforms.roundings(at: path)
        switch layer.weight {
        case .dense(let parameter): (weight, bias) = (.floats(parameter.detached), layer.bias?.detached)
        case .shaped(let shaped):
            let baked = shaped.baked(bias: layer.bias?.detached)
            (weight, bias) = (.floats(baked.weight), baked.bias)
        case .packed(let packed):
            (weight, bias) = (WeightContent(packed: packed, values: packed.unpacked), layer.bias?.detached)
            if let inputs = (packed as? QuantizedConvolution)?.scheme.inputs { roundings.append(InputRounding(bits: inputs.bits, grid: inputs.grid, range: nil)) }
        }
        parameter = nil
        self.roundings = try roundings.map { (rounding) throws(ExportError) in try rounding.checked(at: path) }
    }

    init(_ layer: Embedding) {
        switch layer.weight {
        case .dense(let parameter): weight = .floats(parameter.detached)
        case .shaped(let shaped): weight = .floats(shaped.baked().weight)
        case .packed(let packed): weight = WeightContent(packed: packed, values: packed.unpacked)
        }
        (bias, roundings, parameter) = (nil, [], layer.weight.plainParameter)
    }
}

extension LayerWeight {
    /// The parameter that the layer computes with as it is.
    fileprivate var plainParameter: Parameter? { shaped == nil ? parameter : nil }
}

extension InputTransforms {
    fileprivate func roundings(at path: String) throws(ExportError) -> [InputRounding] {
        var roundings: [InputRounding] = []
        for transform in list where transform.isActive {
            guard let quantizer = transform as? InputQuantizer else {
                throw .unsupportedInput(layer: path, reason: "its input passes through a \(type(of: transform)), which has no form outside Lathe")
            }
            let range = quantizer.range.map { InputGrid.Range(low: $0.low, high: $0.high) }
            roundings.append(InputRounding(bits: quantizer.quantization.bits, grid: quantizer.quantization.grid, range: range))
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
    /// The paths of the layers whose weights lie in codes.
    var codedLayers: [String] {
        namedModules.compactMap { path, module in
            let packed: AnyObject?
            switch module {
            case let layer as Linear: if case .packed(let weight) = layer.weight { packed = weight } else { packed = nil }
            case let layer as Conv2d: if case .packed(let weight) = layer.weight { packed = weight } else { packed = nil }
            case let layer as Embedding: if case .packed(let weight) = layer.weight { packed = weight } else { packed = nil }
            default: packed = nil
            }
            return packed is any StoredWeight && !(packed is SparseFloatWeight) && !(packed is SparseFloatConvolution) ? path : nil
        }
    }
}
