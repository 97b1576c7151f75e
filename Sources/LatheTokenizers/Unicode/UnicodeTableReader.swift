/// Reads the numbers of `UnicodeTables`.
struct UnicodeTableReader {
    struct Decomposition {
        var scalar: UInt32
        var parts: [UInt32]
        /// Whether composition gives the scalar back.
        var composes: Bool
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// The next number, or nil at the end.
    mutating func next() -> Int? {
        var value = 0
        var shift = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A") + 10
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 36
            case UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "_"): digit = 63
            default: continue
            }
            value |= Int(digit & 31) << shift
            if digit < 32 { return value }
            shift += 5
        }
        return nil
    }

    private mutating func nextSigned() -> Int {
        let value = next() ?? 0
        return value & 1 == 0 ? value >> 1 : -(value >> 1) - 1
    }

    static func decompositions(_ text: StaticString) -> [Decomposition] {
        var reader = UnicodeTableReader(text)
        var entries: [Decomposition] = []
        var scalar = 0
        var previous = [Int](repeating: 0, count: 32)
        while let distance = reader.next(), let header = reader.next() {
            scalar += distance
            for index in 0..<header >> 1 { previous[index] += reader.nextSigned() }
            entries.append(
                Decomposition(
                    scalar: UInt32(scalar), parts: previous[..<(header >> 1)].map { UInt32($0) },
                    composes: header & 1 == 1))
        }
        return entries
    }

    static func lowercase(_ text: StaticString) -> [(scalar: UInt32, parts: [UInt32])] {
        var reader = UnicodeTableReader(text)
        var entries: [(scalar: UInt32, parts: [UInt32])] = []
        var scalar = 0
        while let distance = reader.next() {
            scalar += distance
            var parts: [UInt32] = []
            while let value = reader.next() {
                let step = value >> 1
                parts.append(UInt32(scalar + (step & 1 == 0 ? step >> 1 : -(step >> 1) - 1)))
                if value & 1 == 0 { break }
            }
            entries.append((UInt32(scalar), parts))
        }
        return entries
    }
}

extension ScalarTable where Value == UInt8 {
    /// A table from runs of scalars with the same value.
    init(runs: StaticString) {
        var reader = UnicodeTableReader(runs)
        var flat: [UInt8] = []
        flat.reserveCapacity(0x110000)
        while let length = reader.next(), let value = reader.next() {
            flat.append(contentsOf: repeatElement(UInt8(value), count: length))
        }
        self.init(flat: flat)
    }
}
