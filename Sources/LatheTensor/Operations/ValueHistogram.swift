/// How often values occur, by the upper 16 of their bits: sign, exponent, and 7 bits of the mantissa. Tallies are sums
/// of whole numbers, so it does not matter in which order values come, or on how many threads. What is no finite number
/// is left out.
package struct ValueHistogram: Sendable {
    private static let keyCount = 1 << 16

    private var counts: [Int]
    /// The smallest and the largest value; nil before the first.
    package private(set) var extremes: (low: Float, high: Float)?

    package init() {
        OutOfMemory.checkRoom(for: Self.keyCount * MemoryLayout<Int>.stride)
        counts = [Int](repeating: 0, count: Self.keyCount)
    }

    /// Adds the values of a float32 tensor.
    package mutating func add(_ tensor: Tensor) {
        guard tensor.elementCount > 0 else { return }
        tensor.withUnsafeBytes { bytes in
            let patterns = bytes.bindMemory(to: UInt32.self)
            counts.withUnsafeMutableBufferPointer { counts in
                for pattern in patterns { counts[Int(pattern >> 16)] += 1 }
            }
        }
        let found = tensor.extremes()
        // One value that is no number hides the others.
        let finite = found.low.isFinite && found.high.isFinite ? found : Self.finiteExtremes(tensor)
        guard let finite else { return }
        extremes = extremes.map { (min($0.low, finite.low), max($0.high, finite.high)) } ?? finite
    }

    private static func finiteExtremes(_ tensor: Tensor) -> (low: Float, high: Float)? {
        let values = tensor.floatArray.filter(\.isFinite)
        return values.min().flatMap { low in values.max().map { (low, $0) } }
    }

    /// How many values there are.
    package var count: Int { Self.finiteKeys.reduce(0) { $0 + counts[$1] } }
    /// How many of them are 0, or nearer to it than any normal number.
    package var zeroCount: Int { counts[0] + counts[0x8000] }

    /// How many values fall into each of `count` intervals of equal width, from the smallest to the largest value; a
    /// single one where all values are equal, and none without values. Values of one key are spread evenly over what it
    /// spans, which is less than a hundredth of them.
    package func intervals(_ count: Int) -> [Int] {
        guard let extremes else { return [] }
        let low = Double(extremes.low), width = (Double(extremes.high) - low) / Double(count)
        guard width > 0 else { return [self.count] }
        var result = [Int](repeating: 0, count: count)
        for key in Self.finiteKeys where counts[key] > 0 {
            let (start, end) = Self.span(of: key, in: extremes)
            var given = 0, interval = min(max(Int((start - low) / width), 0), count - 1)
            while given < counts[key] {
                let edge = low + Double(interval + 1) * width, isLast = interval == count - 1 || edge >= end
                let upTo = isLast ? counts[key] : max(given, Int(Double(counts[key]) * (edge - start) / (end - start)))
                result[interval] += upTo - given
                (given, interval) = (upTo, min(interval + 1, count - 1))
            }
        }
        return result
    }

    /// The upper 16 bits of the numbers that are finite.
    private static let finiteKeys = [0..<0x7F80, 0x8000..<0xFF80].joined()

    /// From which value to which those of a key lie.
    private static func span(of key: Int, in extremes: (low: Float, high: Float)) -> (start: Double, end: Double) {
        let bits = UInt32(key) << 16, edges = [Float(bitPattern: bits), Float(bitPattern: bits | 0xFFFF)].sorted()
        return (Double(max(edges[0], extremes.low)), Double(min(edges[1], extremes.high)))
    }
}
