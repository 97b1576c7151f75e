import LatheTensor

/// Images with their classes.
public protocol ImageDataset: Sendable {
    /// The names of the classes, in the order of their numbers.
    static var labelNames: [String] { get }
    /// Channels of an image.
    static var channelCount: Int { get }
    /// Height and width of an image.
    static var side: Int { get }
    /// The class of each image.
    var labels: [Int32] { get }
    /// The images at `indices` as they are, `[indices.count, channels, height, width]`.
    func batch(_ indices: [Int]) -> Tensor
    /// The images at `indices`, varied at random for training.
    func varied(_ indices: [Int], _ random: inout SplitMix64) -> Tensor
}

extension Cifar10Dataset: ImageDataset {
    public func batch(_ indices: [Int]) -> Tensor { batch(indices, scale: .normalized) }

    public func varied(_ indices: [Int], _ random: inout SplitMix64) -> Tensor {
        batch(indices, augmentation: .cropAndFlip, &random)
    }
}

extension DigitsDataset: ImageDataset {
    public static let labelNames = (0..<classCount).map(String.init)
    public static let channelCount = 1
    /// The share of the built-in images that is held back, and what decides which: the same for training and for
    /// evaluation.
    static let heldBack = (fraction: 0.2, seed: UInt64(42))

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
