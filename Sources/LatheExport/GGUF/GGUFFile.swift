import LatheFiles
import LatheTensor

/// A value of GGUF's metadata.
enum GGUFValue: Equatable {
    case uint32(UInt32)
    case float32(Float)
    case bool(Bool)
    case string(String)
    case strings([String])
    case int32s([Int32])

    /// The number of the type in the file.
    private var type: UInt32 {
        switch self {
        case .uint32: 4
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .strings, .int32s: 9
        }
    }

    /// The type, then the value, as the file has them.
    fileprivate func append(to bytes: inout [UInt8]) {
        bytes.append(littleEndian: type)
        switch self {
        case .uint32(let value): bytes.append(littleEndian: value)
        case .float32(let value): bytes.append(littleEndian: value.bitPattern)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .string(let text): bytes.append(text: text)
        case .strings(let texts):
            bytes.append(littleEndian: UInt32(8))
            bytes.append(littleEndian: UInt64(texts.count))
            for text in texts { bytes.append(text: text) }
        case .int32s(let values):
            bytes.append(littleEndian: UInt32(5))
            bytes.append(littleEndian: UInt64(values.count))
            for value in values { bytes.append(littleEndian: UInt32(bitPattern: value)) }
        }
    }
}

/// A tensor that a GGUF file will hold.
struct GGUFTensor {
    let name: String
    /// Floats; the file names the axes from the last one on.
    let values: StoredTensor
    let type: GGUFType

    var byteCount: Int { values.shape.elementCount / type.blockSize * type.blockBytes }
}

/// A GGUF file of version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, descriptions of
/// tensors, then their numbers, each tensor at a multiple of 32 bytes.
struct GGUFFile {
    static let version: UInt32 = 3
    static let alignment = 32

    /// In the order of the file.
    let metadata: [(key: String, value: GGUFValue)]
    let tensors: [GGUFTensor]

    /// All that stands before the tensors' numbers, filled up to a multiple of the alignment.
    var header: [UInt8] {
        var bytes = Array("GGUF".utf8), offset = 0
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: UInt64(tensors.count))
        bytes.append(littleEndian: UInt64(metadata.count))
        for (key, value) in metadata {
            bytes.append(text: key)
            value.append(to: &bytes)
        }
        for tensor in tensors {
            bytes.append(text: tensor.name)
            bytes.append(littleEndian: UInt32(tensor.values.shape.count))
            for size in tensor.values.shape.reversed() { bytes.append(littleEndian: UInt64(size)) }
            bytes.append(littleEndian: tensor.type.number)
            bytes.append(littleEndian: UInt64(offset))
            offset += tensor.byteCount + Self.padding(behind: tensor.byteCount)
        }
        return bytes + [UInt8](repeating: 0, count: Self.padding(behind: bytes.count))
    }

    /// Writes the file.
    /// - Returns: its bytes.
    /// - Throws: `FileError`, `NarrowingError`. The file appears whole or not at all.
    func write(to path: String) throws -> Int {
        var count = 0
        try AtomicFile.write(to: path) { file in
            try file.write(header)
            for tensor in tensors {
                let bytes = try tensor.type.encode(tensor.values.values, named: tensor.name)
                try file.write(bytes)
                try file.write([UInt8](repeating: 0, count: Self.padding(behind: bytes.count)))
            }
            count = file.byteCount
        }
        return count
    }

    private static func padding(behind count: Int) -> Int { (alignment - count % alignment) % alignment }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// The length, 64 bits, and the text in UTF-8.
    fileprivate mutating func append(text: String) {
        append(littleEndian: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
