import LatheModels
import LatheTensor

/// The distance between the outputs of a model as it was compressed and those of the model that its files give, for the
/// same random input.
public struct OutputDifference: Equatable, Sendable {
    /// Why the outputs of a model whose weights are right differ.
    package enum Cause: Equatable, Sendable {
        /// Quantised activations beside the middle of two steps, which round to the other one.
        case roundedActivations
        /// Weights that were stored in a type with fewer bits.
        case narrowedWeights(DType)
        /// Constants of removed channels, which the borders of images miss.
        case imageBorders
        /// Sums of the same numbers in another order.
        case orderOfSums
    }

    /// Outputs whose largest number is the answer.
    package struct Labels: Equatable, Sendable {
        /// The texts, images or tokens with the same answer.
        package let equal: Int
        package let count: Int
        /// Whether an answer is a token, and not a class.
        package let areTokens: Bool
        /// `equal` as a share of `count`.
        package var share: Double { Double(equal) / Double(max(count, 1)) }
    }

    /// The largest difference, as a share of the output of the largest magnitude.
    public internal(set) var largest: Float = 0
    /// The root of the mean squared difference, as a share of the root of the mean squared output.
    public internal(set) var rms: Float = 0
    /// The answers that stayed the same; `nil` for a model that gives no labels.
    package internal(set) var labels: Labels?
    /// Why outputs may differ, the strongest cause first.
    package internal(set) var causes: [Cause] = []

    /// No difference.
    package init() {}
}

extension OutputDifference {
    /// - Parameters:
    ///   - saved: the model as it was read from its files.
    ///   - before: the outputs of `CleaningCheck` with the model that was saved; `nil` for one without outputs.
    ///   - floats: the type in which floats were stored.
    ///   - hasBorderDifference: whether channels were removed whose constants the borders of images miss.
    package init(of saved: PretrainedModel, from before: Tensor?, floats: DType, hasBorderDifference: Bool) {
        guard let before, let now = CleaningCheck(saved).outputs() else { return }
        let difference = now - before
        largest = difference.largestMagnitude() / max(before.largestMagnitude(), .leastNormalMagnitude)
        rms = (difference.sumOfSquares() / max(before.sumOfSquares(), .leastNormalMagnitude)).squareRoot()
        if let areTokens = saved.answersAreTokens, before.shape.last ?? 0 > 1 {
            let pairs = zip(before.argmax().int32Array, now.argmax().int32Array)
            labels = Labels(
                equal: pairs.count { $0 == $1 }, count: before.elementCount / before.shape[before.rank - 1],
                areTokens: areTokens)
        }
        if saved.network.layerSchemes(includesActivations: true).contains(where: { $0.scheme.inputs != nil }) {
            causes.append(.roundedActivations)
        }
        if hasBorderDifference { causes.append(.imageBorders) }
        if floats != .float32 { causes.append(.narrowedWeights(floats)) }
        if causes.isEmpty { causes = [.orderOfSums] }
    }
}

extension PretrainedModel {
    /// Whether the largest output of a place is a token, or a class; `nil` for a model whose outputs are not scores of
    /// one label.
    fileprivate var answersAreTokens: Bool? {
        switch network {
        case is any LanguageModel, is any MaskedLanguageModel: true
        case is any SequenceClassifier, is any ImageClassifier: configuration.problem == .singleLabel ? false : nil
        default: nil
        }
    }
}
