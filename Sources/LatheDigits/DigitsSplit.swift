import LatheTensor

/// The digits in two parts that have no image in common.
public struct DigitsSplit: Equatable, Sendable {
    /// The images to learn from, shuffled.
    public let train: DigitsDataset
    /// The images to measure with, shuffled.
    public let test: DigitsDataset
}

extension DigitsDataset {
    /// Divides the images so that each digit has the same share in both parts, as far as whole numbers allow.
    ///
    /// The same seed gives the same parts in the same order, on every machine.
    /// - Parameters:
    ///   - testFraction: the share of the test part, `0…1`; rounded to whole images for each digit.
    ///   - seed: decides which images are held back, and the order of both parts.
    public func split(testFraction: Double = 0.2, seed: UInt64) -> DigitsSplit {
        let indices = splitIndices(testFraction: testFraction, seed: seed)
        return DigitsSplit(train: subset(indices.train), test: subset(indices.test))
    }

    /// The places of the images that ``split(testFraction:seed:)`` takes, in its order.
    /// - Precondition: `testFraction` is in `0…1`.
    public func splitIndices(testFraction: Double = 0.2, seed: UInt64) -> (train: [Int], test: [Int]) {
        precondition((0...1).contains(testFraction), "a fraction of \(testFraction) is not in 0...1")
        var random = SplitMix64(seed: seed)
        var train: [Int] = []
        var test: [Int] = []
        for digit in 0..<Self.classCount {
            let places = random.shuffled(labels.indices.filter { labels[$0] == digit })
            let testCount = Int((testFraction * Double(places.count)).rounded())
            test += places.prefix(testCount)
            train += places.dropFirst(testCount)
        }
        return (random.shuffled(train), random.shuffled(test))
    }
}
