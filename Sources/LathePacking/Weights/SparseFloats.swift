import LatheNN
import LatheTensor

/// A float weight of which pruning has left few values. Files leave its zeros out; products read all of it.
package struct SparseFloats {
    /// float32 `[rows, …]`
    package let weight: Tensor
    let sparsity: Sparsity

    /// Nil where files would not be clearly smaller for it.
    init?(_ weight: Tensor) {
        let shape = weight.shape
        guard weight.dtype == .float32, weight.rank >= 2, shape[0] > 0 else { return nil }
        let blocks = weight.withUnsafeBytes {
            KeptBlocks.smallest(
                for: $0.bindMemory(to: Float.self), rows: shape[0], columns: weight.elementCount / shape[0], bits: 32,
                than: weight.byteCount)
        }
        guard let blocks else { return nil }
        self.init(weight, blocks.sparsity)
    }

    init(_ weight: Tensor, _ sparsity: Sparsity) {
        (self.weight, self.sparsity) = (weight, sparsity)
    }

    /// What `quantization_config` says of it.
    var scheme: LayerScheme { LayerScheme(format: PackedForm.sparse.format, weight: nil) }
}

/// The weight of a linear layer in floats whose zeros files leave out. Read back it is a weight that training changes.
package final class SparseFloatWeight: PackedLinearWeight, StoredWeight {
    private let floats: SparseFloats
    private let panels: FloatPanels

    init(_ floats: SparseFloats) {
        self.floats = floats
        panels = FloatPanels(floats.weight, precision: .float32)
    }

    package var scheme: LayerScheme { floats.scheme }
    package var shape: [Int] { floats.weight.shape }
    package var byteCount: Int { panels.byteCount }
    package var arithmetic: PackedMatrix.Arithmetic { panels.arithmetic }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { floats.storedTensors }
    package var unpacked: Tensor { floats.weight }

    package func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        panels.linear(input, bias: bias, activation: activation, residual: residual)
    }
}

/// The weight of a convolution in floats whose zeros files leave out. Read back it is a weight that training changes.
package final class SparseFloatConvolution: PackedConvolutionWeight, StoredWeight {
    private let floats: SparseFloats

    init(_ floats: SparseFloats) {
        self.floats = floats
    }

    package var scheme: LayerScheme { floats.scheme }
    package var shape: [Int] { floats.weight.shape }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { floats.storedTensors }
    package var unpacked: Tensor { floats.weight }

    package func convolve(
        _ input: Tensor, factor: Tensor?, bias: Tensor?, activation: Activation, options: ConvolutionOptions
    ) -> Tensor {
        input.convolved(floats.weight, factor: factor, bias: bias, activation: activation, options: options)
    }
}

extension Module {
    /// Gives every linear layer and convolution with float weights of its own, of which pruning has left few, a form
    /// whose files leave zeros out, in place. The network can then be used for inference only, until it is read back.
    /// - Returns: the paths of those layers.
    @discardableResult
    package func packSparseFloats() -> [String] {
        let uses = Dictionary(namedParameters.map { (ObjectIdentifier($0.parameter), 1) }, uniquingKeysWith: +)
        return namedModules.compactMap { path, module in
            guard let layer = module as? any PackableLayer, layer.weight.transformed == nil,
                let parameter = layer.weight.parameter, uses[ObjectIdentifier(parameter)] == 1,
                let floats = SparseFloats(parameter.detached)
            else { return nil }
            return layer.pack(floats) ? path : nil
        }
    }
}

extension PackableLayer {
    /// Computes with floats whose zeros files leave out, if there is such a form for layers of this type.
    fileprivate func pack(_ floats: SparseFloats) -> Bool {
        guard let make = (Self.self as? any FloatPackableLayer.Type)?.sparseForm,
            let form = Weight(packed: make(floats))
        else { return false }
        weight = form
        return true
    }
}
