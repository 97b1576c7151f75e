import LatheModels
import LatheTokenizers
import LatheTraining

/// Answers a trained question about texts: classes or labels with their probabilities, or a number.
///
/// ```swift
/// let predictor = try TextPredictor(directory: "tickets")
/// let answers = try predictor.predictions(for: [TextExample(text: "Where is my refund?")])
/// ```
public struct TextPredictor {
    private let network: any SequenceClassifier
    private let configuration: ModelConfiguration
    private let tokenizer: Tokenizer

    /// Opens the classifier in `directory`.
    /// - Throws: what is wrong with the model, or `TaskError.wrongModel` if it is not a classifier of texts.
    public init(directory: String) throws {
        let model = try PretrainedModel(directory: directory)
        guard let network = model.network as? any SequenceClassifier else {
            throw TaskError.wrongModel(task: "predict", needs: "a classifier of texts", model: model)
        }
        (self.network, configuration, tokenizer) = (network, model.configuration, try Tokenizer(directory: directory))
    }

    /// The names of the outputs.
    public var labels: [String] { configuration.labels }

    /// Whether any number of labels can be right at once, each by itself.
    public var hasIndependentLabels: Bool { configuration.problem == .multiLabel }

    /// The answer for each text. Runs as inference.
    /// - Parameters:
    ///   - examples: texts or pairs; their labels are of no account.
    ///   - maxLength: the most tokens of a text; `nil` for `model_max_length` of the tokenizer's files, or as many as
    ///     the model takes.
    ///   - report: receives the number of texts that are done.
    /// - Throws: `TokenizerError`; `TaskError` for a text without tokens, a length that the model does not take, or a
    ///   tokenizer of another model.
    public func predictions(for examples: [TextExample], maxLength: Int? = nil, report: (Int) -> Void = { _ in }) throws
        -> [Prediction]
    {
        let length = try SequenceLength.of(
            maxLength, usual: tokenizer.modelMaxLength ?? .max, limit: network.longestSequence)
        let texts = try TokenizedTexts(examples, tokenizer: tokenizer, maxLength: length)
        return try predictions(for: texts, of: network, report)
    }

    private func predictions(for texts: TokenizedTexts, of network: some SequenceClassifier, _ report: (Int) -> Void)
        throws -> [Prediction]
    {
        try texts.check(for: network)
        let outputs = TextEvaluation.outputs(of: network, for: texts, report: report), width = network.labelCount
        return (0..<texts.count).map { Prediction(outputs[$0 * width..<($0 + 1) * width], of: configuration) }
    }
}
