/// The properties of Unicode scalars that tokenizers ask for, as the Python package `tokenizers` sees them.
///
/// Its tables live as long as the process; they are decoded once, in some milliseconds.
struct UnicodeData: @unchecked Sendable {
    /// What a scalar is.
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Removed where BERT cleans a text: control and format characters, private use, U+0000 and U+FFFD.
        static let control = Flags(rawValue: 1)
        static let whitespace = Flags(rawValue: 2)
        /// A mark that BERT removes when it strips accents.
        static let nonspacingMark = Flags(rawValue: 4)
        /// A mark that the normaliser `StripAccents` removes.
        static let mark = Flags(rawValue: 8)
        /// Punctuation for BERT: the standard's, and every ASCII symbol.
        static let punctuation = Flags(rawValue: 16)
        static let letter = Flags(rawValue: 32)
        static let number = Flags(rawValue: 64)
        /// `\w` of a regular expression.
        static let word = Flags(rawValue: 128)
    }

    static let shared = UnicodeData()

    private let properties: ScalarTable<UInt8>
    private let combiningClasses: ScalarTable<UInt8>
    let canonical: ScalarMapping
    let compatibility: ScalarMapping
    let lowercase: ScalarMapping
    private let compositions: [UInt64: UInt32]

    private init() {
        properties = ScalarTable(runs: UnicodeTables.properties)
        combiningClasses = ScalarTable(runs: UnicodeTables.combiningClasses)
        let canonical = UnicodeTableReader.decompositions(UnicodeTables.canonical)
        self.canonical = ScalarMapping(canonical.map { ($0.scalar, $0.parts) })
        compatibility = ScalarMapping(
            UnicodeTableReader.decompositions(UnicodeTables.compatibility).map { ($0.scalar, $0.parts) })
        lowercase = ScalarMapping(UnicodeTableReader.lowercase(UnicodeTables.lowercase))
        compositions = Self.compositions(of: canonical)
    }

    @inline(__always)
    func flags(of scalar: UInt32) -> Flags {
        Flags(rawValue: properties[scalar])
    }

    /// The canonical combining class: 0 for what starts a sequence.
    @inline(__always)
    func combiningClass(of scalar: UInt32) -> UInt8 {
        combiningClasses[scalar]
    }

    /// The scalar that canonically composes `first` and `second`.
    func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = Hangul.composition(first, second) { return syllable }
        return compositions[UInt64(first) << 32 | UInt64(second)]
    }

    /// The pairs that compose: a scalar's last part, and what the parts before it compose to.
    private static func compositions(of entries: [UnicodeTableReader.Decomposition]) -> [UInt64: UInt32] {
        var composed: [[UInt32]: UInt32] = [:]
        for entry in entries where entry.composes && entry.parts.count > 1 { composed[entry.parts] = entry.scalar }
        var pairs: [UInt64: UInt32] = [:]
        for (parts, scalar) in composed {
            let head = parts.count == 2 ? parts[0] : composed[Array(parts.dropLast())]
            if let head, let last = parts.last { pairs[UInt64(head) << 32 | UInt64(last)] = scalar }
        }
        return pairs
    }
}

/// Hangul syllables, which decompose and compose by arithmetic.
enum Hangul {
    private static let syllables: UInt32 = 0xAC00
    private static let leads: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161
    private static let tails: UInt32 = 0x11A7
    private static let syllableCount: UInt32 = 11172

    @inline(__always)
    static func isSyllable(_ scalar: UInt32) -> Bool {
        scalar &- syllables < syllableCount
    }

    /// The two or three letters of a syllable; the last is 0 where there are two.
    static func decomposition(_ syllable: UInt32) -> (UInt32, UInt32, UInt32) {
        let index = syllable - syllables
        let tail = index % 28
        return (leads + index / 588, vowels + index % 588 / 28, tail == 0 ? 0 : tails + tail)
    }

    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first &- leads < 19, second &- vowels < 21 {
            return syllables + (first - leads) * 588 + (second - vowels) * 28
        }
        if isSyllable(first), (first - syllables) % 28 == 0, second > tails, second < tails + 28 {
            return first + second - tails
        }
        return nil
    }
}

/// A value for every scalar, in blocks of 128 of which equal ones are stored once.
struct ScalarTable<Value: Hashable & BitwiseCopyable> {
    private let blocks: UnsafePointer<UInt16>
    private let values: UnsafePointer<Value>

    /// Compresses `flat`, which has a value for each of the 0x110000 scalars. The table is never freed.
    init(flat: [Value]) {
        var blocks: [UInt16] = []
        var values: [Value] = []
        var known: [ArraySlice<Value>: UInt16] = [:]
        for start in stride(from: 0, to: flat.count, by: 128) {
            let block = flat[start..<start + 128]
            if let index = known[block] {
                blocks.append(index)
            } else {
                let index = UInt16(values.count / 128)
                known[block] = index
                blocks.append(index)
                values.append(contentsOf: block)
            }
        }
        self.blocks = Self.permanent(blocks)
        self.values = Self.permanent(values)
    }

    private static func permanent<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        // A buffer of no elements may have no address; tables have thousands.
        return UnsafePointer(copy.baseAddress.unsafelyUnwrapped)
    }

    /// The value of `scalar`, which must be below 0x110000.
    @inline(__always)
    subscript(scalar: UInt32) -> Value {
        values[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)]
    }
}

/// The scalars that some scalars turn into.
struct ScalarMapping {
    private let indices: ScalarTable<UInt16>
    private let targets: [UnsafeBufferPointer<UInt32>]

    init(_ entries: [(scalar: UInt32, parts: [UInt32])]) {
        var flat = [UInt16](repeating: 0, count: 0x110000)
        var targets = [UnsafeBufferPointer<UInt32>(start: nil, count: 0)]
        for entry in entries {
            flat[Int(entry.scalar)] = UInt16(targets.count)
            let copy = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: entry.parts.count)
            _ = copy.initialize(from: entry.parts)
            targets.append(UnsafeBufferPointer(copy))
        }
        indices = ScalarTable(flat: flat)
        self.targets = targets
    }

    /// Whether `scalar` turns into something else.
    @inline(__always)
    func changes(_ scalar: UInt32) -> Bool {
        indices[scalar] != 0
    }

    /// What `scalar` turns into, or nil when it stays.
    @inline(__always)
    subscript(scalar: UInt32) -> UnsafeBufferPointer<UInt32>? {
        let index = indices[scalar]
        return index == 0 ? nil : targets[Int(index)]
    }
}
