import LatheTensor

/// One tensor of a checkpoint, as the file describes it.
public struct CheckpointEntry: Equatable, Sendable {
    /// The key, in Hugging Face's naming.
    public let name: String
    /// The size of each dimension; empty for a single number.
    public let shape: [Int]
    /// The type of the elements in the file.
    public let storedType: SafetensorsType

    /// What the tensor is of a packed weight; nil for ordinary tensors, and where nobody has said.
    package var packing: Packing?

    /// A part of a packed weight.
    package enum Packing: Equatable, Sendable {
        /// The codes of a weight of this shape, and the bits that one takes in the file.
        case codes(shape: [Int], bits: Double)
        /// Scales, zero points, or the weight's shape.
        case description
    }

    /// Describes a tensor.
    public init(name: String, shape: [Int], storedType: SafetensorsType) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
    }

    /// The type that the tensor has once it is read; nil when it cannot be read.
    ///
    /// F64 becomes float32, I16 and U16 become int32, U32 and U64 become int64; complex numbers and floats of 8 bits or
    /// fewer cannot be read.
    public var dtype: DType? { StoredElements.dtype(of: storedType) }
    /// The number of elements.
    public var elementCount: Int { shape.elementCount }

    /// The bytes that the elements take in the file.
    public var byteCount: Int { (elementCount * storedType.bitWidth + 7) / 8 }

    /// The weights that the tensor stands for: codes stand for theirs, what describes them for none, and 64-bit
    /// integers count batches or places.
    public var parameterCount: Int {
        switch packing {
        case .codes(let shape, _): shape.elementCount
        case .description: 0
        case nil: storedType == .i64 ? 0 : elementCount
        }
    }

    /// Bits that an element, or a packed weight's code, takes.
    public var bits: Double {
        if case .codes(_, let bits) = packing { bits } else { Double(storedType.bitWidth) }
    }
}
