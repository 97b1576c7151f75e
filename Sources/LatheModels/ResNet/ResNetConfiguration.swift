/// The sizes of a residual network.
public struct ResNetConfiguration: Sendable, Hashable {
    /// What a residual block consists of.
    public enum Block: Sendable, Hashable, CaseIterable {
        /// Two 3×3 convolutions.
        case basic
        /// A 1×1 convolution to the stage's channels, a 3×3 one, and a 1×1 one to four times as many.
        case bottleneck

        /// Channels that leave a block, for each of the stage's.
        public var expansion: Int { self == .basic ? 1 : 4 }
        var convolutionCount: Int { self == .basic ? 2 : 3 }
    }

    /// What stands before the first stage.
    public enum Stem: Sendable, Hashable, CaseIterable {
        /// A 3×3 convolution, for small images.
        case smallImages
        /// A 7×7 convolution and a 3×3 max pooling, each of stride 2, for images of ImageNet's size.
        case largeImages

        var kernelSize: Int { self == .smallImages ? 3 : 7 }
    }

    public var stem: Stem
    public var block: Block
    /// The number of blocks of each stage, one to four of them. The channels double from stage to stage, while height
    /// and width halve.
    public var stages: [Int]
    /// Channels of the first stage, before a bottleneck's expansion.
    public var baseChannels: Int
    public var imageChannels: Int
    public var labelCount: Int
    public var hasBatchNorm: Bool

    public init(
        stem: Stem, block: Block, stages: [Int], baseChannels: Int, imageChannels: Int = 3, labelCount: Int,
        hasBatchNorm: Bool = true
    ) {
        precondition(
            (1...4).contains(stages.count) && stages.allSatisfy { $0 > 0 },
            "a residual network has one to four stages of blocks, got \(stages)")
        self.stem = stem
        self.block = block
        self.stages = stages
        self.baseChannels = baseChannels
        self.imageChannels = imageChannels
        self.labelCount = labelCount
        self.hasBatchNorm = hasBatchNorm
    }

    /// A network for CIFAR (He et al., arXiv:1512.03385, section 4.2): three stages of basic blocks.
    /// - Parameters:
    ///   - depth: 6n + 2 layers: 20, 32, 44, 56, 110.
    ///   - baseChannels: channels of the first stage; each further one has twice as many.
    ///   - imageChannels: channels of an image.
    ///   - labelCount: classes.
    ///   - hasBatchNorm: whether convolutions are normalised.
    public init(
        depth: Int = 20, baseChannels: Int = 16, imageChannels: Int = 3, labelCount: Int = 10, hasBatchNorm: Bool = true
    ) {
        precondition(depth >= 8 && depth % 6 == 2, "the depth of this network is 6n + 2, got \(depth)")
        self.init(
            stem: .smallImages, block: .basic, stages: Array(repeating: (depth - 2) / 6, count: 3),
            baseChannels: baseChannels,
            imageChannels: imageChannels, labelCount: labelCount, hasBatchNorm: hasBatchNorm)
    }

    /// A network for ImageNet (He et al., arXiv:1512.03385, table 1), as torchvision has it: four stages; bottlenecks
    /// from a depth of 50 on, with the stride at their 3×3 convolution.
    /// - Parameters:
    ///   - depth: one of `imageNetDepths`.
    ///   - baseChannels: channels of the first stage; each further one has twice as many.
    ///   - imageChannels: channels of an image.
    ///   - labelCount: classes.
    public static func imageNet(depth: Int, baseChannels: Int = 64, imageChannels: Int = 3, labelCount: Int = 1000)
        -> ResNetConfiguration
    {
        guard let (block, stages) = imageNetStages[depth] else {
            preconditionFailure("a residual network for ImageNet has a depth of \(imageNetDepths), got \(depth)")
        }
        return ResNetConfiguration(
            stem: .largeImages, block: block, stages: stages, baseChannels: baseChannels, imageChannels: imageChannels,
            labelCount: labelCount)
    }

    /// The depths that `imageNet` knows.
    public static let imageNetDepths = imageNetStages.keys.sorted()

    private static let imageNetStages: [Int: (block: Block, stages: [Int])] = [
        18: (.basic, [2, 2, 2, 2]), 34: (.basic, [3, 4, 6, 3]), 50: (.bottleneck, [3, 4, 6, 3]),
        101: (.bottleneck, [3, 4, 23, 3]),
        152: (.bottleneck, [3, 8, 36, 3]),
    ]

    /// The number of layers with weights, shortcuts not counted.
    public var depth: Int { 2 + block.convolutionCount * stages.reduce(0, +) }

    /// Channels that leave the last stage.
    var featureCount: Int { baseChannels * block.expansion << (stages.count - 1) }
}
