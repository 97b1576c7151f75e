import LatheNN
import LatheTensor

/// The sizes of a residual network for small images.
public struct ResNetConfiguration: Sendable, Hashable {
    /// 6n + 2 layers: 20, 32, 44, 56, 110.
    public var depth: Int
    /// Channels of the first stage; the next two have twice and four times as many.
    public var baseChannels: Int
    public var imageChannels: Int
    public var labelCount: Int
    public var hasBatchNorm: Bool

    public init(depth: Int = 20, baseChannels: Int = 16, imageChannels: Int = 3, labelCount: Int = 10, hasBatchNorm: Bool = true) {
        self.depth = depth
        self.baseChannels = baseChannels
        self.imageChannels = imageChannels
        self.labelCount = labelCount
        self.hasBatchNorm = hasBatchNorm
    }
}

/// The residual network for CIFAR (He et al., arXiv:1512.03385, section 4.2). Names as in DeepSpeed's CIFAR example.
public final class ResNet: Module {
    @Child("conv1") public var stem: Conv2d
    @Child("bn1") public var stemNorm: BatchNorm2d?
    @Child("layer1") public var stage1: [ResidualBlock]
    @Child("layer2") public var stage2: [ResidualBlock]
    @Child("layer3") public var stage3: [ResidualBlock]
    @Child("fc") public var classifier: Linear
    public let configuration: ResNetConfiguration

    public init(_ configuration: ResNetConfiguration) {
        precondition(configuration.depth >= 8 && configuration.depth % 6 == 2, "the depth of this network is 6n + 2, got \(configuration.depth)")
        let blocks = (configuration.depth - 2) / 6, base = configuration.baseChannels, norm = configuration.hasBatchNorm
        self.configuration = configuration
        stem = Conv2d(
            channels: configuration.imageChannels, outputs: base, kernelSize: 3, options: ConvolutionOptions(padding: 1), hasBias: false)
        stemNorm = norm ? BatchNorm2d(channels: base) : nil
        stage1 = Self.stage(blocks, from: base, to: base, stride: 1, norm)
        stage2 = Self.stage(blocks, from: base, to: 2 * base, stride: 2, norm)
        stage3 = Self.stage(blocks, from: 2 * base, to: 4 * base, stride: 2, norm)
        classifier = Linear(inputs: 4 * base, outputs: configuration.labelCount)
    }

    private static func stage(_ count: Int, from: Int, to: Int, stride: Int, _ norm: Bool) -> [ResidualBlock] {
        (0..<count).map { index in
            ResidualBlock(channels: index == 0 ? from : to, outputs: to, stride: index == 0 ? stride : 1, hasBatchNorm: norm)
        }
    }

    /// Logits `[batch, labels]` for images `[batch, channels, height, width]`.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        let first = stem(images, norm: stemNorm, activation: .relu)
        let features = (stage1 + stage2 + stage3).reduce(first) { features, block in block(features) }
        return classifier(features.globalAveragePool())
    }
}

/// Two 3×3 convolutions around a shortcut.
public final class ResidualBlock: Module {
    @Child("conv1") public var convolution1: Conv2d
    @Child("bn1") public var norm1: BatchNorm2d?
    @Child("conv2") public var convolution2: Conv2d
    @Child("bn2") public var norm2: BatchNorm2d?
    /// Where sizes change: a 1×1 convolution and its normalisation.
    @Child("downsample.0") public var shortcut: Conv2d?
    @Child("downsample.1") public var shortcutNorm: BatchNorm2d?

    public init(channels: Int, outputs: Int, stride: Int, hasBatchNorm: Bool) {
        let changesSize = stride != 1 || channels != outputs
        func convolution(_ channels: Int, kernel: Int, stride: Int) -> Conv2d {
            Conv2d(
                channels: channels, outputs: outputs, kernelSize: kernel, options: ConvolutionOptions(stride: stride, padding: kernel / 2),
                hasBias: false)
        }
        convolution1 = convolution(channels, kernel: 3, stride: stride)
        norm1 = hasBatchNorm ? BatchNorm2d(channels: outputs) : nil
        convolution2 = convolution(outputs, kernel: 3, stride: 1)
        norm2 = hasBatchNorm ? BatchNorm2d(channels: outputs) : nil
        shortcut = changesSize ? convolution(channels, kernel: 1, stride: stride) : nil
        shortcutNorm = changesSize && hasBatchNorm ? BatchNorm2d(channels: outputs) : nil
    }

    /// `[batch, outputs, height / stride, width / stride]` for `[batch, channels, height, width]`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        let inner = convolution1(input, norm: norm1, activation: .relu)
        let residual = shortcut.map { $0(input, norm: shortcutNorm) } ?? input
        return (convolution2(inner, norm: norm2) + residual).relu()
    }
}
