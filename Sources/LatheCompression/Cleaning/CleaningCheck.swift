import LatheModels
import LatheTensor

/// The outputs of a network before cleaning and after it, for the same batch of random input.
package struct CleaningCheck {
    private let batch: RandomBatch

    /// Texts of a classifier, and images.
    private static let count = 16
    /// Tokens of each text: a language model has an output for each token and word, so that a few texts are enough.
    private static let lengths = [24, 9, 17]
    /// Attention multiplies in floats, packed or not, so that outputs differ by what weights are only.
    private static let precision = Precision.float32

    package init(_ model: PretrainedModel) {
        let repeats = model.network is any SequenceClassifier ? Self.count : Self.lengths.count
        batch = RandomBatch(
            for: model, lengths: (0..<repeats).map { Self.lengths[$0 % Self.lengths.count] }, imageCount: Self.count)
    }

    /// Returns the outputs of the network as it is now; `nil` for a network that has no outputs to compare.
    package func outputs() -> Tensor? { batch.outputs(in: Self.precision) }

    /// The largest difference from `before`, as a share of its largest output.
    func difference(from before: Tensor?) -> Float {
        guard let before, let now = batch.outputs(in: Self.precision) else { return 0 }
        return (now - before).largestMagnitude() / max(before.largestMagnitude(), .leastNormalMagnitude)
    }
}
