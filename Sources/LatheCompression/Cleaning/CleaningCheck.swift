import LatheModels
import LatheNN
import LatheTensor

/// Compares what a network computes before and after cleaning, on a batch of random input.
struct CleaningCheck {
    private let batch: RandomBatch

    init(_ model: PretrainedModel) {
        batch = RandomBatch(for: model, lengths: [24, 9, 17], imageCount: 4)
    }

    /// What the network computes now; nil for a network that has no outputs to compare.
    func outputs() -> Tensor? { batch.outputs() }

    /// The largest difference from `before`, as a share of its largest output.
    func difference(from before: Tensor?) -> Float {
        guard let before, let now = batch.outputs() else { return 0 }
        return (now - before).largestMagnitude() / max(before.largestMagnitude(), .leastNormalMagnitude)
    }
}
