import LatheDigits
import LatheFiles
import LatheTensor
import LatheTraining

/// The built-in digits as images in CIFAR-10's format, for where the original cannot be had: enlarged two to three
/// times, at random places, in random colours on a random ground, with noise. The label is the digit.
public enum ColouredDigits {
    /// Writes a file of records as `Cifar10Dataset` reads them.
    /// - Parameter digits: what is drawn, again from the beginning where there are fewer than `count`.
    public static func write(_ digits: DigitsDataset, count: Int, seed: UInt64, to path: String) throws {
        var random = SplitMix64(seed: seed)
        try AtomicFile.write(to: path) { file in
            for number in 0..<count {
                let index = number % digits.count
                try file.write([UInt8(digits.labels[index])] + image(Array(digits.image(index)), &random))
            }
        }
    }

    /// The bytes of one image, `[3, 32, 32]`, of the ink of a digit, `[8, 8]`.
    private static func image(_ ink: [Float], _ random: inout SplitMix64) -> [UInt8] {
        let side = Cifar10Dataset.side, scale = 2 + Float(random.integer(below: 11)) / 10, size = Int(8 * scale)
        let top = random.integer(below: side - size + 1), left = random.integer(below: side - size + 1)
        let isDark = random.integer(below: 2) == 0
        return (0..<Cifar10Dataset.channelCount).flatMap { _ -> [UInt8] in
            let low = Float(random.integer(below: 90)), high = Float(165 + random.integer(below: 90))
            let (ground, colour) = isDark ? (low, high) : (high, low)
            return (0..<side * side).map { place in
                let row = place / side - top, column = place % side - left
                let isInside = (0..<size).contains(row) && (0..<size).contains(column)
                let share = isInside ? ink[Int(Float(row) / scale) * 8 + Int(Float(column) / scale)] : 0
                let noise = Float(random.integer(below: 41) - 20)
                return UInt8(max(0, min(255, ground + share * (colour - ground) + noise)))
            }
        }
    }
}
