/// Finds the first byte that is not UTF-8; ASCII passes eight bytes at a time.
enum UTF8Check {
    /// The offset of the first byte that cannot stand where it does, or nil. In a sequence that is cut short this is
    /// the byte that begins it.
    static func firstInvalid(in bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            if position + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
            } else {
                let length = sequenceLength(at: position, in: bytes)
                if length == 0 { return position }
                position += length
            }
        }
        return nil
    }

    /// The length of the well-formed sequence at `position` (Unicode, table 3-7), or 0.
    private static func sequenceLength(at position: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        let first = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for index in 2..<max(2, length) where bytes[position + index] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
