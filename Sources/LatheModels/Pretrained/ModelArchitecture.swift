/// Which network a `config.json` describes.
public struct ModelArchitecture: Hashable, Sendable {
    /// What a model is built from; the raw value is `model_type` in Hugging Face's `config.json`.
    public enum Family: String, Sendable, CaseIterable {
        case bert, roberta, distilbert, gpt2
        /// Residual networks under torchvision's and DeepSpeed's names, which `transformers` does not have.
        case resnet = "lathe_resnet"
        /// A transformer encoder over the patches of an image.
        case patchEncoder = "lathe_patch_encoder"

        var bert: BertFamily? { BertFamily(rawValue: rawValue) }
    }

    /// What a model computes.
    public enum Head: String, Sendable, CaseIterable {
        /// Hidden states.
        case base
        /// A class, or a number, for each text.
        case sequenceClassification
        /// Guesses for masked words.
        case maskedLanguageModel
        /// Guesses for the next word.
        case languageModel
        /// A class for each image.
        case imageClassification
    }

    public var family: Family
    public var head: Head

    public init(_ family: Family, _ head: Head) {
        self.family = family
        self.head = head
    }

    /// The name of the class, as in `architectures` of a `config.json`.
    public var className: String { Self.classes.first { $0.value == self }?.key ?? family.rawValue }

    /// The architecture with such a class; nil for one that Lathe does not have.
    init?(className: String) {
        guard let found = Self.classes.first(where: { $0.key == className }) ?? Self.readOnlyClasses.first(where: { $0.key == className })
        else { return nil }
        self = found.value
    }

    /// What a family's models are when a `config.json` does not say.
    static func usual(of family: Family) -> ModelArchitecture {
        switch family {
        case .bert, .roberta, .distilbert: .init(family, .base)
        case .gpt2: .init(family, .languageModel)
        case .resnet, .patchEncoder: .init(family, .imageClassification)
        }
    }

    /// The classes that Lathe has.
    public static var classNames: [String] { classes.map(\.key) }

    private static let classes: KeyValuePairs<String, ModelArchitecture> = [
        "BertModel": .init(.bert, .base),
        "BertForSequenceClassification": .init(.bert, .sequenceClassification),
        "BertForMaskedLM": .init(.bert, .maskedLanguageModel),
        "RobertaModel": .init(.roberta, .base),
        "RobertaForSequenceClassification": .init(.roberta, .sequenceClassification),
        "RobertaForMaskedLM": .init(.roberta, .maskedLanguageModel),
        "DistilBertModel": .init(.distilbert, .base),
        "DistilBertForSequenceClassification": .init(.distilbert, .sequenceClassification),
        "DistilBertForMaskedLM": .init(.distilbert, .maskedLanguageModel),
        "GPT2LMHeadModel": .init(.gpt2, .languageModel),
        "ResNet": .init(.resnet, .imageClassification),
        "PatchEncoder": .init(.patchEncoder, .imageClassification),
    ]

    /// Classes whose weights are all of another one's.
    private static let readOnlyClasses: KeyValuePairs<String, ModelArchitecture> = ["GPT2Model": .init(.gpt2, .languageModel)]
}
