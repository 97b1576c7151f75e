/// A network with random weights, by its name.
public struct ModelPreset: Sendable {
    /// What a preset's sizes depend on.
    public struct Options: Sendable {
        /// The names of a classifier's outputs; a language model has none.
        public var labels: [String]
        /// The kind of answer that a classifier of texts gives.
        public var problem = ProblemType.singleLabel
        /// The tokens that a model of texts knows; `nil` for as many as the original.
        public var vocabularySize: Int?
        /// The channels of images.
        public var imageChannels = 3
        /// The height and width of images, for a network that is made for one size.
        public var imageSize = 32
    }

    /// What users call it.
    public let name: String
    /// Whether the model takes texts, for which it needs a tokenizer.
    public let takesText: Bool
    private let make: @Sendable (Options) -> ModelConfiguration

    /// - Parameters:
    ///   - name: what users call it.
    ///   - takesText: whether the model takes texts.
    ///   - make: makes the configuration of a classifier, or of a language model.
    public init(name: String, takesText: Bool, make: @escaping @Sendable (Options) -> ModelConfiguration) {
        self.name = name
        self.takesText = takesText
        self.make = make
    }

    /// The preset called `name`; `nil` if there is none.
    public init?(_ name: String) {
        guard let preset = Self.all.first(where: { $0.name == name }) else { return nil }
        self = preset
    }

    /// The presets of all families.
    public static var all: [ModelPreset] { ModelFamilies.all.flatMap(\.presets) }

    /// The configuration of a classifier, or of a language model.
    /// - Parameters:
    ///   - labels: the names of a classifier's outputs; a language model has none.
    ///   - problem: the kind of answer that a classifier of texts gives.
    ///   - vocabularySize: the tokens that a model of texts knows; `nil` for as many as the original.
    ///   - imageChannels: the channels of images.
    ///   - imageSize: the height and width of images, for a network that is made for one size.
    public func configuration(
        labels: [String], problem: ProblemType = .singleLabel, vocabularySize: Int? = nil, imageChannels: Int = 3,
        imageSize: Int = 32
    ) -> ModelConfiguration {
        make(
            Options(
                labels: labels, problem: problem, vocabularySize: vocabularySize, imageChannels: imageChannels,
                imageSize: imageSize))
    }
}

extension ModelPreset: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
