import LatheTensor

/// How a tensor's numbers lie in a GGUF file. Formulas: ggml's reference quantisers.
enum GGUFType: Equatable {
    case float32, float16
    /// Blocks of 32 numbers: a scale in 16 bits and 32 bytes, `value = scale · byte`, `scale = max|x| / 127`.
    case q8_0
    /// Blocks of 32 numbers: a scale in 16 bits and 16 bytes, `value = scale · (nibble - 8)`, `scale = x / -8` for the
    /// x of the largest magnitude. Byte j has number j in its low half and number j + 16 in its high one.
    case q4_0

    /// ggml's number for the type.
    var number: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4_0: 2
        case .q8_0: 8
        }
    }

    /// Numbers of a block; a row holds whole blocks.
    var blockSize: Int { self == .q8_0 || self == .q4_0 ? 32 : 1 }

    /// Bytes of a block.
    var blockBytes: Int {
        switch self {
        case .float32: 4
        case .float16: 2
        case .q8_0: 34
        case .q4_0: 18
        }
    }

    /// Returns the bytes of float32 values, row by row.
    /// - Parameter name: the tensor's name in messages.
    /// - Throws: `NarrowingError` for a value, or a block of values, that 16 bits cannot hold.
    /// - Precondition: the last axis holds whole blocks.
    func encode(_ values: Tensor, named name: String) throws -> [UInt8] {
        precondition((values.shape.last ?? 1) % blockSize == 0, "rows of \(values.shape) in blocks of \(blockSize)")
        switch self {
        case .float32: return values.withUnsafeBytes(Array.init)
        case .float16: return try values.narrowed(to: .float16, named: name).withUnsafeBytes(Array.init)
        case .q8_0, .q4_0: return try encodeBlocks(values, name)
        }
    }

    private func encodeBlocks(_ values: Tensor, _ name: String) throws -> [UInt8] {
        let count = values.elementCount / blockSize
        return try values.withUnsafeBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            let blocks = (0..<count).map {
                UnsafeBufferPointer(rebasing: numbers[$0 * blockSize..<($0 + 1) * blockSize])
            }
            let scales = blocks.map { self == .q8_0 ? Self.scale8($0) : Self.scale4($0) }
            let halfScales = try Tensor(scales).narrowed(
                to: .float16, named: "\(name), the scale of a block of \(blockSize)")
            return [UInt8](unsafeUninitializedCapacity: count * blockBytes) { result, initialized in
                halfScales.withUnsafeBytes { halves in
                    for index in 0..<count {
                        let block = UnsafeMutableBufferPointer(
                            rebasing: result[index * blockBytes..<(index + 1) * blockBytes])
                        (block[0], block[1]) = (halves[2 * index], halves[2 * index + 1])
                        let inverse = scales[index] == 0 ? 0 : 1 / scales[index],
                            codes = UnsafeMutableBufferPointer(rebasing: block[2...])
                        if self == .q8_0 {
                            Self.encode8(blocks[index], inverse, into: codes)
                        } else {
                            Self.encode4(blocks[index], inverse, into: codes)
                        }
                    }
                }
                initialized = count * blockBytes
            }
        }
    }

    private static func scale8(_ block: UnsafeBufferPointer<Float>) -> Float {
        block.reduce(0) { max($0, abs($1)) } / 127
    }

    private static func scale4(_ block: UnsafeBufferPointer<Float>) -> Float {
        block.reduce(0) { abs($1) > abs($0) ? $1 : $0 } / -8
    }

    private static func encode8(
        _ block: UnsafeBufferPointer<Float>, _ inverse: Float, into codes: UnsafeMutableBufferPointer<UInt8>
    ) {
        for (index, value) in block.enumerated() {
            codes[index] = UInt8(bitPattern: Int8(clamped: (value * inverse).rounded(.toNearestOrAwayFromZero)))
        }
    }

    private static func encode4(
        _ block: UnsafeBufferPointer<Float>, _ inverse: Float, into codes: UnsafeMutableBufferPointer<UInt8>
    ) {
        func code(_ index: Int) -> UInt8 {
            UInt8(min(15, Int8(clamped: (block[index] * inverse + 8.5).rounded(.towardZero))))
        }
        for index in codes.indices { codes[index] = code(index) | code(index + codes.count) << 4 }
    }
}

extension Int8 {
    /// A whole number, or the nearest end of the range; 0 for what is no number.
    fileprivate init(clamped value: Float) { self = value.isNaN ? 0 : Int8(Swift.max(-128, Swift.min(127, value))) }
}
