import LatheNN
import LatheTensor

/// The form in which inference keeps a layer's weight.
public enum WeightFormat: String, Sendable, CaseIterable {
    /// Floats, laid out for the machine.
    case float32
    /// Multiplied in bf16; stored as they are.
    case bfloat16
    /// 8-bit codes, one scale per output; inputs quantised row by row.
    case int8
}

extension Module {
    /// Turns the weight of every linear layer that `include` accepts into `format`, in place; and, for int8, of every convolution without groups. The
    /// network can then be used for inference only. What transforms do to a weight is baked first; an input quantiser that does what an int8 product does
    /// anyway is dropped.
    /// - Returns: the paths of the layers that were packed.
    @discardableResult
    public func packWeights(_ format: WeightFormat, where include: (_ path: String) -> Bool = { _ in true }) -> [String] {
        namedModules.filter { include($0.path) && Self.pack($0.module, format) }.map(\.path)
    }

    private static func pack(_ module: any Module, _ format: WeightFormat) -> Bool {
        switch module {
        case let linear as Linear:
            linear.bakeWeight()
            guard let parameter = linear.weight.parameter else { return false }
            linear.weight = .packed(parameter.detached.packedForLinear(format))
            if format == .int8 { linear.inputTransforms.removeAll(where: isImpliedByInt8) }
        case let convolution as Conv2d where format == .int8 && convolution.options.groups == 1:
            convolution.bakeWeight()
            guard let parameter = convolution.weight.parameter else { return false }
            convolution.weight = .packed(Int8Convolution(quantizing: parameter.detached))
            convolution.inputTransforms.removeAll(where: isImpliedByInt8)
        default: return false
        }
        return true
    }

    /// Whether a transform is the symmetric 8-bit quantisation, row by row, that int8 products do to their inputs.
    private static func isImpliedByInt8(_ transform: any InputTransform) -> Bool {
        guard let quantizer = transform as? InputQuantizer else { return false }
        return quantizer.calibration == .dynamic && quantizer.quantization == FakeQuantization(bits: 8)
    }
}

extension Tensor {
    /// This weight of a linear layer, `[out, in]`, in `format`.
    fileprivate func packedForLinear(_ format: WeightFormat) -> any PackedLinearWeight {
        switch format {
        case .float32: FloatPanels(self, precision: .float32)
        case .bfloat16: FloatPanels(self, precision: .bfloat16)
        case .int8: Int8Weight(quantizing: self)
        }
    }
}
