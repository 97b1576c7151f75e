import LatheTensor

extension DType {
    /// The name of this type in safetensors files.
    public var safetensorsType: SafetensorsType {
        switch self {
        case .float32: .f32
        case .bfloat16: .bf16
        case .float16: .f16
        case .int64: .i64
        case .int32: .i32
        case .int8: .i8
        case .uint8: .u8
        case .bool: .bool
        }
    }

    /// The tensor type for elements of a safetensors file; nil for those that tensors do not have.
    public init?(_ type: SafetensorsType) {
        guard let match = DType.allCases.first(where: { $0.safetensorsType == type }) else { return nil }
        self = match
    }
}

extension SafetensorsFile {
    /// A tensor with a copy of the data called `name`.
    /// - Throws: `SafetensorsError` when there is no such tensor, or when its type is none that tensors have.
    public func tensor(_ name: String) throws -> Tensor { try tensor(name) { Tensor(bytes: $0, shape: $1, dtype: $2) } }

    /// A tensor over the data called `name` in the mapped file; over a copy where it is not aligned there.
    /// - Throws: what ``tensor(_:)`` throws.
    package func mappedTensor(_ name: String) throws -> Tensor {
        try tensor(name) { bytes, shape, dtype in
            let isAligned = UInt(bitPattern: bytes.baseAddress) % UInt(dtype.byteWidth) == 0
            return isAligned
                ? Tensor(borrowing: bytes, shape: shape, dtype: dtype, owner: self)
                : Tensor(bytes: bytes, shape: shape, dtype: dtype)
        }
    }

    private func tensor(
        _ name: String, _ make: (_ bytes: UnsafeRawBufferPointer, _ shape: [Int], _ dtype: DType) -> Tensor
    ) throws -> Tensor {
        guard let entry = self[name] else {
            throw SafetensorsError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        guard let dtype = DType(entry.type) else {
            throw SafetensorsError.wrongType(
                file: path, tensor: name, expected: DType.allCases.map(\.safetensorsType), got: entry.type)
        }
        return try withBytes(of: name) { make($0, entry.shape, dtype) }
    }
}

extension SafetensorsWriter {
    /// Adds a tensor's elements as they are.
    public mutating func add(_ name: String, _ tensor: Tensor) {
        add(name, type: tensor.dtype.safetensorsType, shape: tensor.shape) { emit in
            try tensor.withUnsafeBytes { try emit($0) }
        }
    }
}
