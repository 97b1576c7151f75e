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
    /// network can then be used for inference only.
    /// - Returns: the paths of the layers that were packed.
    @discardableResult
    public func packWeights(_ format: WeightFormat, where include: (_ path: String) -> Bool = { _ in true }) -> [String] {
        namedModules.filter { include($0.path) && Self.pack($0.module, format) }.map(\.path)
    }

    private static func pack(_ module: any Module, _ format: WeightFormat) -> Bool {
        switch module {
        case let linear as Linear:
            guard case .dense(let parameter) = linear.weight else { return false }
            linear.weight = .packed(parameter.detached.packedForLinear(format))
        case let convolution as Conv2d where format == .int8 && convolution.options.groups == 1:
            guard case .dense(let parameter) = convolution.weight else { return false }
            convolution.weight = .packed(Int8Convolution(quantizing: parameter.detached))
        default: return false
        }
        return true
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
