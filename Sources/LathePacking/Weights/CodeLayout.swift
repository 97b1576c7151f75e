import LatheTensor

/// How the codes of a row lie in a file.
enum CodeLayout: Sendable, Hashable {
    /// Signed bytes.
    case bytes
    /// `code + 2^(bits - 1)` in `bits` bits each, from the lowest bit of little-endian 32-bit words on, over the words'
    /// borders; rows begin new words. As in compressed-tensors.
    case words(bits: Int)
    /// One bit each in 32-bit words, likewise: 1 for +1, 0 for -1.
    case signs
    /// Five of -1, 0, 1 a byte: `Σ (code_k + 1) 3^k`, k = 0...4; 1.6 bits each.
    case trits

    /// Codes in a byte of trits.
    static let tritsPerByte = 5
    /// Values of a byte of trits: 3^5.
    static let tritValues = 243

    var dtype: DType {
        switch self {
        case .bytes: .int8
        case .words, .signs: .int32
        case .trits: .uint8
        }
    }

    /// Elements of a row in the file.
    func width(of columns: Int) -> Int {
        switch self {
        case .bytes: columns
        case .words(let bits): (columns * bits + 31) / 32
        case .signs: (columns + 31) / 32
        case .trits: (columns + Self.tritsPerByte - 1) / Self.tritsPerByte
        }
    }

    /// The codes of `rows` rows, row-major, in this layout: `[rows, width]`.
    func packed(_ codes: UnsafeBufferPointer<Int8>, rows: Int, columns: Int) -> Tensor {
        let width = width(of: columns), shape = [rows, width]
        switch self {
        case .bytes: return Tensor(bytes: UnsafeRawBufferPointer(codes), shape: shape, dtype: dtype)
        case .words(let bits):
            return Self.words(codes, rows, columns, width, bits: bits) { UInt64(Int($0) + 1 << (bits - 1)) }
        case .signs: return Self.words(codes, rows, columns, width, bits: 1) { $0 > 0 ? 1 : 0 }
        case .trits:
            var bytes = [UInt8](repeating: 0, count: rows * width)
            for row in 0..<rows {
                for byte in 0..<width {
                    let start = byte * Self.tritsPerByte, end = min(start + Self.tritsPerByte, columns)
                    var value = 0
                    for column in (start..<end).reversed() {
                        value = value * 3 + Int(codes[row * columns + column]) + 1
                    }
                    bytes[row * width + byte] = UInt8(value)
                }
            }
            return bytes.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
        }
    }

    private static func words(
        _ codes: UnsafeBufferPointer<Int8>, _ rows: Int, _ columns: Int, _ width: Int, bits: Int,
        _ value: (Int8) -> UInt64
    ) -> Tensor {
        var words = [UInt32](repeating: 0, count: rows * width)
        words.withUnsafeMutableBufferPointer { words in
            for row in 0..<rows {
                var pending: UInt64 = 0, count = 0, next = row * width
                for column in 0..<columns {
                    pending |= value(codes[row * columns + column]) << UInt64(count)
                    count += bits
                    guard count >= 32 else { continue }
                    words[next] = UInt32(truncatingIfNeeded: pending)
                    (pending, count, next) = (pending >> 32, count - 32, next + 1)
                }
                if count > 0 { words[next] = UInt32(truncatingIfNeeded: pending) }
            }
        }
        return words.withUnsafeBytes { Tensor(bytes: $0, shape: [rows, width], dtype: .int32) }
    }

    /// Writes the codes of one row, which begins at `source`, to `codes`.
    func unpack(_ source: UnsafeRawPointer, columns: Int, into codes: UnsafeMutablePointer<Int8>) {
        switch self {
        case .bytes: UnsafeMutableRawPointer(codes).copyMemory(from: source, byteCount: columns)
        case .words(let bits): Self.unpackWords(source, columns, bits, codes)
        case .signs:
            for column in 0..<columns {
                let word = source.loadUnaligned(fromByteOffset: (column >> 5) * 4, as: UInt32.self)
                codes[column] = (word >> UInt32(column & 31)) & 1 == 1 ? 1 : -1
            }
        case .trits:
            let bytes = source.assumingMemoryBound(to: UInt8.self)
            Self.tritTable.withUnsafeBufferPointer { table in
                for byte in 0..<columns / Self.tritsPerByte {
                    let entry = Int(bytes[byte]) * Self.tritsPerByte, start = byte * Self.tritsPerByte
                    for trit in 0..<Self.tritsPerByte { codes[start + trit] = table[entry + trit] }
                }
                let start = columns / Self.tritsPerByte * Self.tritsPerByte
                for column in start..<columns {
                    codes[column] = table[Int(bytes[column / Self.tritsPerByte]) * Self.tritsPerByte + column - start]
                }
            }
        }
    }

    private static func unpackWords(
        _ source: UnsafeRawPointer, _ columns: Int, _ bits: Int, _ codes: UnsafeMutablePointer<Int8>
    ) {
        let offset = Int32(1) << Int32(bits - 1), mask = UInt32(1) << UInt32(bits) - 1
        if 32 % bits == 0 {
            let count = 32 / bits
            for word in 0..<columns / count {
                let value = source.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self)
                for place in 0..<count {
                    codes[word * count + place] = Int8(
                        truncatingIfNeeded: Int32((value >> UInt32(place * bits)) & mask) - offset)
                }
            }
        }
        for column in (32 % bits == 0 ? columns / (32 / bits) * (32 / bits) : 0)..<columns {
            let bit = column * bits, shift = UInt32(bit & 31)
            var value = source.loadUnaligned(fromByteOffset: (bit >> 5) * 4, as: UInt32.self) >> shift
            if Int(shift) + bits > 32 {
                value |= source.loadUnaligned(fromByteOffset: (bit >> 5) * 4 + 4, as: UInt32.self) << (32 - shift)
            }
            codes[column] = Int8(truncatingIfNeeded: Int32(value & mask) - offset)
        }
    }

    /// Whether every element of a tensor of this layout stands for codes.
    func isValid(_ packed: Tensor) -> Bool {
        guard self == .trits else { return true }
        return packed.withUnsafeBytes { bytes in bytes.allSatisfy { $0 < Self.tritValues } }
    }

    /// The five codes of each byte; what is no byte of trits stands for zeros, and `isValid` refuses it.
    private static let tritTable: [Int8] = (0..<256).flatMap { byte in
        var rest = byte
        return (0..<tritsPerByte).map { _ in
            defer { rest /= 3 }
            return byte < tritValues ? Int8(rest % 3 - 1) : 0
        }
    }
}
