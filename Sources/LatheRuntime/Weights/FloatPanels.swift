import LatheNN
import LatheTensor

/// A float weight for this machine's matrix product. Its file form is the plain weight.
///
/// It is laid out in panels when that is worth a second copy of it: products with few rows read a float32 weight where it is, and so does the first product
/// with many rows. The results are the same bits either way.
public final class FloatPanels: PackedLinearWeight {
    private let weight: StoredTensor
    private let precision: Precision

    /// What the last products have left.
    private enum Form {
        case unused
        /// A product with many rows was computed without panels.
        case used
        case laidOut(PackedMatrix)
    }

    private let form = Guarded(Form.unused)

    /// Prepares `weight`, `[out, in]`, for products in `precision`.
    public convenience init(_ weight: Tensor, precision: Precision) { self.init(StoredTensor(weight), precision: precision) }

    /// Prepares a weight in the form that a file has, `[out, in]`, for products in `precision`.
    public init(_ weight: StoredTensor, precision: Precision) {
        (self.weight, self.precision) = (weight, precision)
    }

    public var outputs: Int { weight.shape[0] }
    public var inputs: Int { weight.shape[1] }
    public var byteCount: Int { outputs * inputs * (precision == .float32 ? DType.float32 : .bfloat16).byteWidth }
    public var arithmetic: PackedMatrix.Arithmetic { precision == .float32 ? .float32 : .bfloat16 }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { [("", weight.values)] }
    public var unpacked: Tensor { weight.values }

    public func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        if let panels = panels(forRows: input.rowCount) { return panels.linear(input, bias: bias, activation: activation, residual: residual) }
        return input.linear(weight, bias: bias, activation: activation, residual: residual, precision: precision)
    }

    /// The panels, for a product with so many rows; `nil` where it does without.
    private func panels(forRows rows: Int) -> PackedMatrix? {
        if precision == .float32, weight.isForFewRows(rows) { return nil }
        return form.withLock { form in
            switch form {
            case .unused where precision == .float32:
                form = .used
                return nil
            case .unused, .used:
                let panels = PackedMatrix(weight, precision: precision)
                form = .laidOut(panels)
                return panels
            case .laidOut(let panels): return panels
            }
        }
    }
}
