import LatheModels
import LatheTraining

/// A network that the demo trains on the built-in digits, and compresses then.
enum DemoNetwork: String, CaseIterable, Sendable {
    case encoder, resnet

    /// The sizes that it is made of.
    var preset: ModelPreset {
        switch self {
        case .encoder: .patchEncoder
        case .resnet: .smallResNet(depth: 14, hasBatchNorm: true)
        }
    }

    /// Whether training moves the images about, to see more than the training set holds.
    var variesImages: Bool { self == .resnet }

    /// How it is trained from random weights.
    func teaching(_ options: DemoOptions) -> TrainingOptions {
        switch self {
        case .encoder: Self.training(epochs: options.isQuick ? 8 : 24, learningRate: 1e-3, options)
        case .resnet: Self.training(epochs: options.isQuick ? 8 : 24, learningRate: 3e-3, options)
        }
    }

    /// How it is trained under compression.
    func learning(_ options: DemoOptions) -> TrainingOptions {
        switch self {
        case .encoder: Self.training(epochs: options.isQuick ? 2 : 8, learningRate: 1e-3, options)
        case .resnet: Self.training(epochs: options.isQuick ? 2 : 10, learningRate: 1e-3, options)
        }
    }

    /// The last model counts: choosing the best one by the test images would flatter it.
    private static func training(epochs: Int, learningRate: Float, _ options: DemoOptions) -> TrainingOptions {
        var training = TrainingOptions(.epochs(epochs), batchSize: 64, learningRate: learningRate)
        training.seed = options.seed
        training.evaluations = .end
        return training
    }
}
