/// Reads the text that `Scripts/pack-digits.py` makes.
enum DigitsUnpacker {
    /// Pixels, label and check digit.
    private static let valueCount = DigitsDataset.side * DigitsDataset.side + 2
    private static let lineLength = valueCount / 3 * 2

    /// Unpacks one image a line.
    static func unpack(_ text: StaticString) throws(DigitsError) -> DigitsDataset {
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var images: [Float] = []
        var labels: [Int32] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let values = values(line) else { throw DigitsError.damaged(line: number + 1) }
            images += values.prefix(valueCount - 2).map { Float($0) / 16 }
            labels.append(Int32(values[valueCount - 2]))
        }
        return DigitsDataset(images: images, labels: labels)
    }

    /// The numbers 0…16 of one line, or nil when length, range, label or check digit are wrong.
    private static func values(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> [Int]? {
        guard line.count == lineLength else { return nil }
        let digits = line.map { Int($0) - 48 }
        guard digits.allSatisfy({ 0..<71 ~= $0 }) else { return nil }
        var values: [Int] = []
        for first in stride(from: 0, to: digits.count, by: 2) {
            let packed = digits[first] * 71 + digits[first + 1]
            values += [packed / 289, packed / 17 % 17, packed % 17]
        }
        let sum = values.dropLast().reduce(0, +)
        let isRight = values.allSatisfy { $0 <= 16 } && values[valueCount - 2] < 10 && values.last == sum % 17
        return isRight ? values : nil
    }
}
