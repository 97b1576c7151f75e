import LatheTensor

/// One tensor of a checkpoint, as the file describes it.
public struct CheckpointEntry: Equatable, Sendable {
    /// The key, in Hugging Face's naming.
    public let name: String
    /// The size of each dimension; empty for a single number.
    public let shape: [Int]
    /// The type of the elements in the file.
    public let storedType: SafetensorsType

    /// Describes a tensor.
    public init(name: String, shape: [Int], storedType: SafetensorsType) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
    }

    /// The type that the tensor has once it is read; nil when it cannot be read.
    ///
    /// F64 becomes float32, I16 and U16 become int32, U32 and U64 become int64; 8-bit floats cannot be read.
    public var dtype: DType? { StoredElements.dtype(of: storedType) }
    /// The number of elements.
    public var elementCount: Int { shape.elementCount }
}
