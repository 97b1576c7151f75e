import LatheTensor

/// Turns elements as they lie in a file into a tensor.
struct StoredElements {
    let file: String
    let tensor: String
    let type: SafetensorsType
    let shape: [Int]

    /// The type of a tensor with elements of the file's `type`; nil when there is none.
    static func dtype(of type: SafetensorsType) -> DType? {
        switch type {
        case .f64: .float32
        case .i16, .u16: .int32
        case .u32, .u64: .int64
        default: DType(type)
        }
    }

    /// A tensor over `bytes`, row by row, which `owner` keeps alive; copied where the alignment or the type demands it.
    /// - Throws: `CheckpointError.unsupportedType`, `integerTooLarge` or `numberTooLarge`.
    func tensor(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) throws(CheckpointError) -> Tensor {
        guard let dtype = DType(type) else { return try converted(bytes) }
        let address = UInt(bitPattern: bytes.baseAddress)
        guard address % UInt(dtype.byteWidth) == 0 else { return Tensor(bytes: bytes, shape: shape, dtype: dtype) }
        return Tensor(borrowing: bytes, shape: shape, dtype: dtype, owner: owner)
    }

    /// A tensor with a copy of `bytes`, row by row.
    /// - Throws: `CheckpointError.unsupportedType`, `integerTooLarge` or `numberTooLarge`.
    func tensor(copying bytes: UnsafeRawBufferPointer) throws(CheckpointError) -> Tensor {
        guard let dtype = DType(type) else { return try converted(bytes) }
        return Tensor(bytes: bytes, shape: shape, dtype: dtype)
    }

    /// A tensor of the nearest type that tensors have.
    private func converted(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) -> Tensor {
        switch type {
        case .f64:
            let values = map(bytes, Double.self) { Float($0) }
            // Only a file with an infinity, or a number that became one, is read a second time.
            if values.contains(where: \.isInfinite),
                let large = map(bytes, Double.self, { $0 }).first(where: { $0.isFinite && !Float($0).isFinite })
            {
                throw .numberTooLarge(file: file, tensor: tensor, got: large)
            }
            return Tensor(values, shape: shape)
        case .i16: return Tensor(map(bytes, Int16.self) { Int32($0) }, shape: shape)
        case .u16: return Tensor(map(bytes, UInt16.self) { Int32($0) }, shape: shape)
        case .u32: return int64(map(bytes, UInt32.self) { Int64($0) })
        case .u64:
            let values = map(bytes, UInt64.self) { $0 }
            if let large = values.first(where: { $0 > UInt64(Int64.max) }) {
                throw .integerTooLarge(file: file, tensor: tensor, got: large)
            }
            return int64(values.map { Int64($0) })
        default: throw .unsupportedType(file: file, tensor: tensor, got: type)
        }
    }

    private func int64(_ values: [Int64]) -> Tensor {
        values.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .int64) }
    }

    /// The elements, which may lie at any address.
    private func map<Element: BitwiseCopyable, Value>(
        _ bytes: UnsafeRawBufferPointer, _ type: Element.Type, _ transform: (Element) -> Value
    ) -> [Value] {
        let width = MemoryLayout<Element>.size
        return (0..<bytes.count / width).map { transform(bytes.loadUnaligned(fromByteOffset: $0 * width, as: type)) }
    }
}
