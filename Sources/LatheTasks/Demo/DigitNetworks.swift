import LatheModels
import LatheNN
import LatheTensor

/// A network that recognises the built-in digits.
protocol DigitNetwork: Module {
    /// The name in the demo's table.
    static var demoName: String { get }
    /// A network with random weights.
    static func forDigits() -> Self
    /// Whether training moves the images about, to see more than the training set holds.
    static var shiftsImages: Bool { get }
    /// How the demo trains it.
    static func trainingOptions(isQuick: Bool) -> TrainingOptions
    /// Logits `[batch, 10]` for images `[batch, 1, 8, 8]`.
    func callAsFunction(_ images: Tensor) -> Tensor
}

extension PatchEncoder: DigitNetwork {
    static let demoName = "encoder"
    static let shiftsImages = false

    static func forDigits() -> PatchEncoder {
        var encoder = EncoderConfiguration(hiddenSize: 128, layerCount: 3, headCount: 4, intermediateSize: 512)
        (encoder.layerNormEpsilon, encoder.initializerRange) = (1e-6, 0.08)
        return PatchEncoder(PatchEncoderConfiguration(encoder: encoder, imageSize: 8, patchSize: 2, labelCount: 10))
    }

    static func trainingOptions(isQuick: Bool) -> TrainingOptions {
        TrainingOptions(.epochs(isQuick ? 10 : 30), batchSize: 64, learningRate: 1e-3)
    }
}

extension ResNet: DigitNetwork {
    static let demoName = "resnet"
    static let shiftsImages = true

    static func forDigits() -> ResNet {
        ResNet(ResNetConfiguration(depth: 14, baseChannels: 16, imageChannels: 1))
    }

    static func trainingOptions(isQuick: Bool) -> TrainingOptions {
        TrainingOptions(.epochs(isQuick ? 8 : 24), batchSize: 64, learningRate: 3e-3)
    }
}
