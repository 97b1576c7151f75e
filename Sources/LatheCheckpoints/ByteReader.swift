/// Little-endian integers at checked places of a run of bytes.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The integer at `offset`, or nil when it does not lie within the bytes.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Integer.Type) -> Integer? {
        let width = Integer.bitWidth / 8
        guard offset >= 0, bytes.count >= width, offset <= bytes.count - width else { return nil }
        return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The integer at `offset` as an `Int`, or nil when it does not fit or does not lie within the bytes.
    func int<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Integer.Type) -> Int? {
        integer(at: offset, as: type).flatMap { Int(exactly: $0) }
    }

    /// `count` bytes from `offset` on, or nil when they do not lie within the bytes.
    func slice(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}
