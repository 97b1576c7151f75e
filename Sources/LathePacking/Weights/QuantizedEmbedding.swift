import LatheNN
import LatheTensor

/// The table of an embedding in few bits: rows become floats as they are looked up.
public final class QuantizedEmbedding: PackedEmbeddingWeight, StoredWeight {
    /// `[rows, width]`
    public let tensor: PackedTensor

    /// A table of two axes, `[rows, width]`.
    public init(_ tensor: PackedTensor) {
        precondition(tensor.shape.count == 2, "an embedding's table \(tensor.shape)")
        self.tensor = tensor
    }

    public var scheme: LayerScheme { tensor.scheme }
    public var shape: [Int] { tensor.shape }
    public var codes: PackedTensor? { tensor }
    public var storedTensors: [(suffix: String, tensor: Tensor)] { tensor.storedTensors }
    public var unpacked: Tensor { tensor.dequantized }

    public func gathered(_ ids: Tensor) -> Tensor {
        tensor.values(ofRows: ids.int32Array.map { Int($0) }).reshaped(ids.shape + [tensor.shape[1]])
    }
}
