import LatheNN
import LatheTensor

/// The table of an embedding in few bits: rows become floats as they are looked up.
package final class QuantizedEmbedding: PackedEmbeddingWeight, StoredWeight {
    /// `[rows, width]`
    package let tensor: PackedTensor

    /// A table of two axes, `[rows, width]`.
    package init(_ tensor: PackedTensor) {
        precondition(tensor.shape.count == 2, "an embedding's table \(tensor.shape)")
        self.tensor = tensor
    }

    package var scheme: LayerScheme { tensor.scheme }
    package var shape: [Int] { tensor.shape }
    package var codes: PackedTensor? { tensor }
    package var storedTensors: [(suffix: String, tensor: Tensor)] { tensor.storedTensors }
    package var unpacked: Tensor { tensor.dequantized }

    package func gathered(_ ids: Tensor) -> Tensor {
        tensor.values(ofRows: ids.int32Array.map { Int($0) }).reshaped(ids.shape + [tensor.shape[1]])
    }
}
