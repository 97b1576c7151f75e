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
