import LatheModels
import LatheNN
import LatheTensor

/// Random input of the kind that a network takes, the same every time.
struct RandomBatch {
    /// What it is: `8 texts of 128 tokens`.
    let summary: String
    /// Whether the network takes neither texts nor images.
    let isEmpty: Bool
    private let compute: () -> Tensor?

    /// - Parameters:
    ///   - lengths: the tokens of each text, at most; a network may take fewer.
    ///   - imageCount: how many images.
    init(for model: PretrainedModel, lengths: [Int], imageCount: Int) {
        let random = RandomSource(seed: 7)
        func ids(_ vocabulary: Int, _ longest: Int) -> TokenBatch {
            TokenBatch(
                joining: lengths.map { length in
                    Tensor.randomUniform([min(longest, length)], in: 0..<1, from: random).floatArray.map { Int32($0 * Float(vocabulary - 1)) }
                })
        }
        let batch: TokenBatch?
        switch model.network {
        case let classifier as any SequenceClassifier:
            let texts = ids(classifier.vocabularySize, classifier.longestSequence)
            (batch, compute) = (texts, { withInference { classifier(texts) } })
        case let language as any LanguageModel:
            let texts = ids(language.vocabularySize, language.longestSequence)
            (batch, compute) = (texts, { withInference { language(texts) } })
        case let encoder as BertModel:
            let texts = ids(encoder.configuration.vocabularySize, encoder.configuration.longestSequence)
            (batch, compute) = (texts, { withInference { encoder(texts).hidden } })
        case let guesser as BertForMaskedLM:
            let texts = ids(guesser.bert.configuration.vocabularySize, guesser.bert.configuration.longestSequence)
            (batch, compute) = (texts, { withInference { guesser(texts) } })
        case let network as any ImageClassifier:
            let side = if case .patchEncoder(let sizes) = model.configuration.sizes { sizes.imageSize } else { 32 }
            let images = Tensor.randomNormal([imageCount, network.imageChannels, side, side], from: random)
            (batch, compute) = (nil, { withInference { network(images) } })
            (isEmpty, summary) = (false, "\(imageCount) images of \(side) x \(side)")
            return
        default: (batch, compute) = (nil, { nil })
        }
        isEmpty = batch == nil
        summary = batch.map { "\($0.count) texts of \($0.longest) tokens" } ?? "nothing"
    }

    /// Returns the outputs of the network as it is now, without gradients; `nil` for a network that has no outputs to compare.
    /// - Parameter precision: the arithmetic of matrix products; `nil` for the usual one of each.
    func outputs(in precision: Precision? = nil) -> Tensor? { withPrecision(precision, compute) }
}
