import LatheTensor
import LatheTraining

extension DigitsDataset: ImageDataset {
    public static let labelNames = (0..<classCount).map(String.init)
    public static let channelCount = 1
    /// The share of the built-in images that is held back, and what decides which: the same for training and for
    /// evaluation.
    package static let heldBack = (fraction: 0.2, seed: UInt64(42))

    /// The built-in images, cut into those to learn from and those to measure with.
    /// - Throws: `DigitsError`.
    public static func loadSplit() throws(DigitsError) -> DigitsSplit {
        try load().split(testFraction: heldBack.fraction, seed: heldBack.seed)
    }

    public func batch(_ indices: [Int]) -> Tensor { subset(indices).batch(0..<indices.count) }

    public func varied(_ indices: [Int], _ random: inout SplitMix64) -> Tensor {
        ImageShift.batch(of: indices, from: self, &random)
    }
}
