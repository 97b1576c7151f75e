import LatheModels
import LatheNN
import LatheTensor

/// Compares what a network computes before and after cleaning, on a batch of random input.
struct CleaningCheck {
    private let compute: () -> Tensor?

    init(_ network: any Module, vocabularyOf model: PretrainedModel) {
        let random = RandomSource(seed: 7)
        func ids(_ vocabulary: Int, _ longest: Int) -> TokenBatch {
            let lengths = [min(longest, 24), min(longest, 9), min(longest, 17)]
            return TokenBatch(
                joining: lengths.map { length in
                    Tensor.randomUniform([length], in: 0..<1, from: random).floatArray.map { Int32($0 * Float(vocabulary - 1)) }
                })
        }
        switch network {
        case let classifier as any SequenceClassifier:
            let batch = ids(classifier.vocabularySize, classifier.longestSequence)
            compute = { withInference { classifier(batch) } }
        case let language as any LanguageModel:
            let batch = ids(language.vocabularySize, language.longestSequence)
            compute = { withInference { language(batch) } }
        case let encoder as BertModel:
            let batch = ids(encoder.configuration.vocabularySize, encoder.configuration.longestSequence)
            compute = { withInference { encoder(batch).hidden } }
        case let guesser as BertForMaskedLM:
            let batch = ids(guesser.bert.configuration.vocabularySize, guesser.bert.configuration.longestSequence)
            compute = { withInference { guesser(batch) } }
        case let images as any ImageClassifier:
            let side = if case .patchEncoder(let sizes) = model.configuration.sizes { sizes.imageSize } else { 32 }
            let batch = Tensor.randomNormal([4, images.imageChannels, side, side], from: random)
            compute = { withInference { images(batch) } }
        default: compute = { nil }
        }
    }

    /// What the network computes now; nil for a network that has no outputs to compare.
    func outputs() -> Tensor? { compute() }

    /// The largest difference from `before`, as a share of its largest output.
    func difference(from before: Tensor?) -> Float {
        guard let before, let now = compute() else { return 0 }
        return (now - before).largestMagnitude() / max(before.largestMagnitude(), .leastNormalMagnitude)
    }
}
