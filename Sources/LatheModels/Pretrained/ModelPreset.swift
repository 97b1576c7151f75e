/// A network with random weights, by its name.
public enum ModelPreset: Hashable, Sendable {
    /// BERT-base: 12 layers, hidden 768.
    case bertBase
    /// GPT-2's smallest shape: 12 layers, hidden 768.
    case gpt2
    /// A transformer encoder over the patches of a small image: 4 layers, hidden 128.
    case patchEncoder
    /// A residual network for small images, of 6n + 2 layers, with or without batch normalisation.
    case smallResNet(depth: Int, hasBatchNorm: Bool)
    /// A residual network for large images, as torchvision has it.
    case resNet(depth: Int)

    /// The preset called `name`; nil if there is none.
    public init?(_ name: String) {
        guard let preset = Self.all.first(where: { $0.name == name }) else { return nil }
        self = preset
    }

    /// What users call it.
    public var name: String {
        switch self {
        case .bertBase: "bert-base"
        case .gpt2: "gpt2"
        case .patchEncoder: "patch-encoder"
        case .smallResNet(let depth, let hasBatchNorm): "resnet\(depth)" + (hasBatchNorm ? "" : "-nobn")
        case .resNet(let depth): "resnet\(depth)"
        }
    }

    /// Every preset that has a name.
    public static let all: [ModelPreset] =
        [.bertBase, .gpt2, .patchEncoder] + [8, 14, 20, 32, 44, 56, 110].flatMap { depth in [true, false].map { .smallResNet(depth: depth, hasBatchNorm: $0) } }
        + ResNetConfiguration.imageNetDepths.map { .resNet(depth: $0) }

    /// Whether the model takes texts, for which it needs a tokenizer.
    public var takesText: Bool { self == .bertBase || self == .gpt2 }

    /// The configuration of a classifier, or of a language model.
    /// - Parameters:
    ///   - labels: the names of a classifier's outputs; a language model has none.
    ///   - problem: the kind of answer that a classifier of texts gives.
    ///   - vocabularySize: the tokens that a model of texts knows; nil for as many as the original.
    ///   - imageChannels: channels of the images.
    ///   - imageSize: height and width of a patch encoder's images.
    public func configuration(
        labels: [String], problem: ProblemType = .singleLabel, vocabularySize: Int? = nil, imageChannels: Int = 3, imageSize: Int = 32
    ) -> ModelConfiguration {
        switch self {
        case .bertBase:
            var sizes = BertConfiguration(labelCount: labels.count)
            if let vocabularySize { sizes.vocabularySize = vocabularySize }
            var configuration = ModelConfiguration(.init(.bert, .sequenceClassification), .bert(sizes), labels: labels)
            configuration.problem = problem
            return configuration
        case .gpt2:
            var sizes = GPT2Configuration()
            if let vocabularySize { sizes.vocabularySize = vocabularySize }
            return ModelConfiguration(.init(.gpt2, .languageModel), .gpt2(sizes))
        case .patchEncoder:
            var encoder = EncoderConfiguration(hiddenSize: 128, layerCount: 4, headCount: 4, intermediateSize: 512)
            (encoder.layerNormEpsilon, encoder.initializerRange) = (1e-6, 0.08)
            let sizes = PatchEncoderConfiguration(
                encoder: encoder, channels: imageChannels, imageSize: imageSize, patchSize: imageSize / 4, labelCount: labels.count)
            return ModelConfiguration(.init(.patchEncoder, .imageClassification), .patchEncoder(sizes), labels: labels)
        case .smallResNet(let depth, let hasBatchNorm):
            let sizes = ResNetConfiguration(depth: depth, imageChannels: imageChannels, labelCount: labels.count, hasBatchNorm: hasBatchNorm)
            return ModelConfiguration(.init(.resnet, .imageClassification), .resnet(sizes), labels: labels)
        case .resNet(let depth):
            let sizes = ResNetConfiguration.imageNet(depth: depth, imageChannels: imageChannels, labelCount: labels.count)
            return ModelConfiguration(.init(.resnet, .imageClassification), .resnet(sizes), labels: labels)
        }
    }
}
