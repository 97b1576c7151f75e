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
    /// Turns the weight of every linear layer that `include` accepts into `format`, in place. The network can then be used for inference only.
    /// - Returns: the paths of the layers that were packed.
    @discardableResult
    public func packLinears(_ format: WeightFormat, where include: (_ path: String) -> Bool = { _ in true }) -> [String] {
        var packed: [String] = []
        for case let (path, linear as Linear) in namedModules where include(path) {
            guard case .dense(let parameter) = linear.weight else { continue }
            linear.weight = .packed(parameter.detached.packed(format))
            packed.append(path)
        }
        return packed
    }
}

extension Tensor {
    /// This weight, `[out, in]`, in `format`.
    func packed(_ format: WeightFormat) -> any PackedLinearWeight {
        switch format {
        case .float32: FloatPanels(self, precision: .float32)
        case .bfloat16: FloatPanels(self, precision: .bfloat16)
        case .int8: Int8Weight(quantizing: self)
        }
    }
}
