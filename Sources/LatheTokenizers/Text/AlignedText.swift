/// Growing UTF-8 text with, for each byte, the character of the original text that it stands for.
///
/// A character is a Unicode scalar, and every byte stands for exactly one: what normalisers insert stands for the
/// character beside it.
final class AlignedText {
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var origins: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 256) {
        self.capacity = capacity
        bytes = .allocate(capacity: capacity)
        origins = .allocate(capacity: capacity)
    }

    deinit {
        bytes.deallocate()
        origins.deallocate()
    }

    func removeAll() {
        count = 0
    }

    /// Makes room for `additional` bytes, which may then be written behind ``count``.
    @inline(__always)
    func reserve(_ additional: Int) {
        if capacity - count < additional { grow(additional) }
    }

    @inline(never)
    private func grow(_ additional: Int) {
        let larger = max(capacity * 2, count + additional)
        let newBytes = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        let newOrigins = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        newBytes.update(from: bytes, count: count)
        newOrigins.update(from: origins, count: count)
        bytes.deallocate()
        origins.deallocate()
        (bytes, origins, capacity) = (newBytes, newOrigins, larger)
    }

    /// Counts `additional` bytes that were written after ``reserve(_:)``.
    @inline(__always)
    func commit(_ additional: Int) {
        count += additional
    }

    /// Appends a byte; there must be room for it.
    @inline(__always)
    func appendReserved(_ byte: UInt8, origin: Int32) {
        bytes[count] = byte
        origins[count] = origin
        count += 1
    }

    /// Appends a scalar's one to four bytes.
    @inline(__always)
    func append(scalar: UInt32, origin: Int32) {
        reserve(4)
        if scalar < 0x80 {
            appendReserved(UInt8(truncatingIfNeeded: scalar), origin: origin)
            return
        }
        if scalar < 0x800 {
            appendReserved(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6), origin: origin)
        } else {
            if scalar < 0x10000 {
                appendReserved(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12), origin: origin)
            } else {
                appendReserved(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18), origin: origin)
                appendReserved(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F), origin: origin)
            }
            appendReserved(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F), origin: origin)
        }
        appendReserved(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F), origin: origin)
    }

    /// Appends original text as it is, whose first character has the number `origin`; returns the next one's.
    func append(original: UnsafeBufferPointer<UInt8>, origin: Int32) -> Int32 {
        reserve(original.count)
        var next = origin
        for byte in original {
            // A byte that does not continue a scalar begins the next character.
            if byte & 0xC0 != 0x80 { next += 1 }
            appendReserved(byte, origin: next - 1)
        }
        return next
    }

    /// Appends a part of another text with its origins.
    func append(_ other: AlignedText, from start: Int, to end: Int) {
        reserve(end - start)
        (bytes + count).update(from: other.bytes + start, count: end - start)
        (origins + count).update(from: other.origins + start, count: end - start)
        count += end - start
    }

    /// The bytes between two places as a string.
    func string(from start: Int, to end: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
    }
}

/// Reading scalars from UTF-8 that is known to be valid, as a `String`'s is.
enum ValidUTF8 {
    /// The scalar that begins at `position`, and its length in bytes.
    @inline(__always)
    static func scalar(_ bytes: UnsafePointer<UInt8>, at position: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(bytes[position])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(bytes[position + 1] & 0x3F)
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(bytes[position + 2] & 0x3F)
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        let fourth = UInt32(bytes[position + 3] & 0x3F)
        return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
    }

    /// The scalar that ends before `position`, which must not be the text's beginning.
    static func scalar(_ bytes: UnsafePointer<UInt8>, before position: Int) -> UInt32 {
        var start = position - 1
        while bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(bytes, at: start).value
    }

    /// The number of scalars among `count` bytes.
    static func scalarCount(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
        var scalars = 0
        for index in 0..<count where bytes[index] & 0xC0 != 0x80 { scalars += 1 }
        return scalars
    }
}
