import LatheNN
import LatheTensor

/// The residual network (He et al., arXiv:1512.03385) for small images or for ImageNet. Names as in torchvision, and in
/// DeepSpeed's CIFAR example.
public final class ResNet: Module, ImageClassifier {
    @Child("conv1") public var stem: Conv2d
    @Child("bn1") public var stemNorm: BatchNorm2d?
    /// Stages that the configuration does not have are empty.
    @Child("layer1") package var stage1: [ResidualBlock]
    @Child("layer2") package var stage2: [ResidualBlock]
    @Child("layer3") package var stage3: [ResidualBlock]
    @Child("layer4") package var stage4: [ResidualBlock]
    @Child("fc") public var classifier: Linear
    public let configuration: ResNetConfiguration
    private let inference = ImageInference()

    public var labelCount: Int { classifier.outputs }
    public var imageChannels: Int { stem.channels }
    public var imageSize: Int? { nil }
    public var usualImageSize: Int { configuration.stem == .largeImages ? 224 : 32 }

    public init(_ configuration: ResNetConfiguration) {
        let norm = configuration.hasBatchNorm
        let stages = configuration.plan.map { $0.map { ResidualBlock($0, hasBatchNorm: norm) } }
        self.configuration = configuration
        stem = configuration.stemConvolution.makeLayer()
        stemNorm = norm ? BatchNorm2d(channels: configuration.baseChannels) : nil
        stage1 = stages[0]
        stage2 = stages.count > 1 ? stages[1] : []
        stage3 = stages.count > 2 ? stages[2] : []
        stage4 = stages.count > 3 ? stages[3] : []
        classifier = Linear(inputs: configuration.featureCount, outputs: configuration.labelCount)
        if configuration.stem == .largeImages { initializeConvolutions() }
    }

    /// As torchvision does; networks for small images begin as DeepSpeed's do, with torch's defaults.
    private func initializeConvolutions() {
        for case let convolution as Conv2d in namedModules.map(\.module) {
            if let weight = convolution.weight.parameter {
                weight.value = Initializer.kaimingNormal.tensor(weight.shape)
            }
        }
    }

    /// Logits `[batch, labels]` for images `[batch, channels, height, width]`.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        let pooled = inference(images) { try describePooledFeatures(in: $0) }
        return classifier(pooled ?? features(images).globalAveragePool())
    }

    /// `[batch, features, height', width']` for images `[batch, channels, height, width]`: what leaves the last stage.
    public func features(_ images: Tensor) -> Tensor {
        var first = stem(images, norm: stemNorm, activation: .relu)
        if configuration.stem == .largeImages { first = first.maxPool2d(size: 3, stride: 2, padding: 1) }
        return (stage1 + stage2 + stage3 + stage4).reduce(first) { features, block in block(features) }
    }
}
