import LatheTensor

/// Makes damaged inputs, each a function of the campaign's seed, the reader and a number.
struct Mutation {
    let reader: FuzzReader
    let seed: UInt64

    /// Numbers that sizes, counts and offsets are replaced by.
    private static let extremes: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 31 + 8, 1 << 40, 1 << 53,
        1 << 62, .max / 2, .max / 2 + 1,
        .max - 7, .max,
    ]
    /// The same for numbers in text.
    private static let decimals: [[UInt8]] = [
        "0", "-1", "1", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "1e9", "1e308",
        "1e999", "-0", "0.5", "1.0", "1e-400", "NaN", "Infinity", "65536", "1048576", "999999999999", "true", "null",
        "\"1\"", "\"nan\"", "[]",
    ].map { Array($0.utf8) }
    /// What begins a nesting, for texts and pickles.
    private static let nesting = ["[", "{\"a\":", "(", "\"", "\\", "]", "}", "\n", "\t", " "].map { Array($0.utf8) }

    /// The damaged input with this number.
    func input(_ number: Int) -> [FuzzFile] {
        let name = reader.name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        var random = SplitMix64(seed: SplitMix64.mixed(seed ^ name) &+ UInt64(number))
        _ = random.next()
        random = SplitMix64(seed: random.next())
        var files = reader.seeds[number % reader.seeds.count]
        let places = files.indices.filter { files[$0].isDamaged }
        let place = places[random.integer(below: places.count)]
        let others = reader.seeds[random.integer(below: reader.seeds.count)].filter { $0.name == files[place].name }
        damage(&files[place], others.first ?? files[place], &random)
        return files
    }

    private func damage(_ file: inout FuzzFile, _ other: FuzzFile, _ random: inout SplitMix64) {
        guard file.isSafetensors, random.integer(below: 4) > 0, let length = SafetensorsFrame.headerLength(file.bytes)
        else {
            return file.bytes = damaged(file.bytes, other.bytes, &random)
        }
        let otherHeader = SafetensorsFrame.headerLength(other.bytes).map { Array(other.bytes[8..<8 + $0]) } ?? []
        let header = damaged(Array(file.bytes[8..<8 + length]), otherHeader, &random)
        file.bytes = SafetensorsFrame.bytes(header: header, data: file.bytes[(8 + length)...])
    }

    /// One to eight changes, few more likely than many.
    private func damaged(_ original: [UInt8], _ other: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = original
        if random.integer(below: 24) == 0, !other.isEmpty {
            bytes = Array(
                bytes[..<random.integer(below: bytes.count + 1)] + other[random.integer(below: other.count)...])
        }
        repeat { change(&bytes, &random) } while random.integer(below: 5) < 2
        if random.integer(below: 500) == 0, !bytes.isEmpty { multiply(&bytes, &random) }
        return bytes
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard !bytes.isEmpty else {
            return bytes = reader.tokens.isEmpty ? [0] : reader.tokens[random.integer(below: reader.tokens.count)]
        }
        let reach = [4, 16, 64, 1024][random.integer(below: 4)]
        let at = random.integer(below: bytes.count), end = min(bytes.count, at + 1 + random.integer(below: reach))
        let token = reader.tokens.isEmpty ? [0xFF] : reader.tokens[random.integer(below: reader.tokens.count)]
        switch random.integer(below: 20) {
        case 0, 1: bytes[at] ^= 1 << UInt8(random.integer(below: 8))
        case 2, 3: bytes[at] = UInt8(random.integer(below: 256))
        case 4: bytes[at] = bytes[at] &+ (random.integer(below: 2) == 0 ? 1 : 255)
        case 5: bytes.removeSubrange(at..<end)
        case 6: bytes.insert(contentsOf: Array(bytes[at..<end]), at: random.integer(below: bytes.count + 1))
        case 7, 8: bytes.insert(contentsOf: token, at: at)
        case 9, 10: bytes.replaceSubrange(at..<min(bytes.count, at + token.count), with: token)
        case 11: if random.integer(below: 3) == 0 { bytes.removeSubrange(at...) }
        case 12: overwrite(&bytes, at, Array(bytes[random.integer(below: bytes.count)...].prefix(end - at)))
        case 13, 14: overwriteWithExtreme(&bytes, at, &random)
        case 15, 16, 17: replaceDecimal(&bytes, from: at, &random)
        case 18: if random.integer(below: 4) == 0 { bytes.insert(contentsOf: Self.nest(&random), at: at) }
        default: exchange(&bytes, at..<end, random.integer(below: bytes.count))
        }
    }

    private func overwrite(_ bytes: inout [UInt8], _ at: Int, _ piece: [UInt8]) {
        for (index, byte) in piece.enumerated() where at + index < bytes.count { bytes[at + index] = byte }
    }

    /// A little-endian number of one to eight bytes.
    private func overwriteWithExtreme(_ bytes: inout [UInt8], _ at: Int, _ random: inout SplitMix64) {
        let width = 1 << random.integer(below: 4), value = Self.extremes[random.integer(below: Self.extremes.count)]
        overwrite(&bytes, at, (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) })
    }

    /// Another number in the place of the next one that is written in digits.
    private func replaceDecimal(_ bytes: inout [UInt8], from start: Int, _ random: inout SplitMix64) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        let digits =
            random.integer(below: 3) == 0
            ? Array(String(random.integer(below: 300)).utf8) : Self.decimals[random.integer(below: Self.decimals.count)]
        bytes.replaceSubrange(first..<end, with: digits)
    }

    /// Something many times over.
    private static func nest(_ random: inout SplitMix64) -> [UInt8] {
        let piece = nesting[random.integer(below: nesting.count)]
        return Array(repeatElement(piece, count: 1 << (4 + random.integer(below: 9))).joined())
    }

    /// Puts thousands of copies behind a run, up to a megabyte in all, half of the time with numbers of their own: what
    /// takes long for large inputs shows.
    private func multiply(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let start = random.integer(below: bytes.count), end = min(bytes.count, start + 1 + random.integer(below: 100))
        let run = Array(bytes[start..<end]),
            count = min(1 << (8 + random.integer(below: 9)), Self.multipliedByteCount / run.count)
        let digits = run.indices.filter { (0x30...0x39).contains(run[$0]) }
        guard
            let digit = digits.isEmpty || random.integer(below: 2) == 0
                ? nil : digits[random.integer(below: digits.count)]
        else {
            return bytes.insert(contentsOf: repeatElement(run, count: count).joined(), at: end)
        }
        var copies: [UInt8] = []
        for number in 1000..<1000 + count {
            copies += run[..<digit]
            copies += String(number).utf8
            copies += run[(digit + 1)...]
        }
        bytes.insert(contentsOf: copies, at: end)
    }

    private static let multipliedByteCount = 1 << 20

    /// Swaps a run with what stands at `target`.
    private func exchange(_ bytes: inout [UInt8], _ run: Range<Int>, _ target: Int) {
        for (index, place) in run.enumerated() where target + index < bytes.count {
            bytes.swapAt(place, target + index)
        }
    }
}

/// The parts of a safetensors file.
enum SafetensorsFrame {
    static func headerLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 8 else { return nil }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
        return length <= UInt64(bytes.count - 8) ? Int(length) : nil
    }

    static func bytes(header: [UInt8], data: some Sequence<UInt8>) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
    }
}

extension SplitMix64 {
    /// 64 bits that depend on all bits of `value`.
    static func mixed(_ value: UInt64) -> UInt64 {
        var random = SplitMix64(seed: value)
        return random.next()
    }
}
