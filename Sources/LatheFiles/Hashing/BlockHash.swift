/// A hash function that takes its input in blocks of 64 bytes, without the padding at the end: `MessageDigest` adds
/// it.
package protocol BlockHash: Sendable {
    /// Starts at the function's initial value.
    init()

    /// Takes in `blocks`, whose size is a multiple of 64 bytes.
    mutating func absorb(_ blocks: UnsafeRawBufferPointer)

    /// The value so far, the most significant word first.
    var words: [UInt32] { get }
}

/// The digest of bytes that come piece by piece, with the padding of FIPS 180-4, section 5.1.1.
package struct MessageDigest<Hash: BlockHash>: Sendable {
    private var hash = Hash()
    /// The bytes that do not fill a block yet.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0
    private static var blockSize: Int { 64 }

    package init() {}

    /// Takes in `bytes`.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let missing = rest.prefix(Self.blockSize - pending.count)
            pending.append(contentsOf: missing)
            rest = rest.dropFirst(missing.count)
            guard pending.count == Self.blockSize else { return }
            pending.withUnsafeBytes { hash.absorb($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.prefix(rest.count / Self.blockSize * Self.blockSize)
        hash.absorb(UnsafeRawBufferPointer(rebasing: whole))
        pending.append(contentsOf: rest.dropFirst(whole.count))
    }

    /// Takes in `bytes`.
    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of everything taken in, in lower-case hexadecimal digits.
    package func hexadecimal() -> String {
        var copy = self
        let bitCount = byteCount * 8
        let zeroCount = (2 * Self.blockSize - 9 - pending.count) % Self.blockSize
        copy.update([0x80] + [UInt8](repeating: 0, count: zeroCount))
        copy.update(withUnsafeBytes(of: bitCount.bigEndian) { Array($0) })
        return copy.hash.words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian word that starts `offset` bytes from the beginning.
    @inline(__always)
    func bigEndianWord(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

extension UInt32 {
    /// The bits moved to the left by `count` (1 … 31), those that fall out coming in at the right.
    @inline(__always)
    func rotatedLeft(_ count: UInt32) -> UInt32 {
        (self &<< count) | (self &>> (32 &- count))
    }
}
