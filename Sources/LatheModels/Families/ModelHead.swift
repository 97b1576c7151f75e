/// The part of a model that computes its result from hidden states.
public enum ModelHead: String, Sendable, CaseIterable {
    /// None: the result is the hidden states.
    case base
    /// A class, or a number, for each text.
    case sequenceClassification
    /// Predictions of masked words.
    case maskedLanguageModel
    /// Predictions of the next word.
    case languageModel
    /// A class for each image.
    case imageClassification

    /// Whether outputs are classes with names, or a number.
    var isClassification: Bool { self == .sequenceClassification || self == .imageClassification }
    /// Whether outputs are scores of tokens.
    var predictsTokens: Bool { self == .languageModel || self == .maskedLanguageModel }
}
