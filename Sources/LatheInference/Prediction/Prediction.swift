#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheModels

/// The answer of a classifier to a text.
public enum Prediction: Sendable, Hashable {
    /// Every label with its probability, the likeliest first.
    case labels([ScoredLabel])
    /// A number.
    case score(Float)

    /// A label and how likely it is.
    public struct ScoredLabel: Sendable, Hashable {
        public let label: String
        /// 0…1: all scores of a text add up to 1 where one class is right, and are independent where any number of
        /// labels can be. Any number where the model gives several.
        public let score: Float
    }

    /// The answer that outputs stand for, as transformers' text-classification pipeline computes it: the softmax of
    /// classes, the sigmoid of labels, and a number as it is; several numbers are the scores of labels. A single output
    /// of a model that does not name its kind of answer counts as the logit of a label.
    /// - Parameters:
    ///   - outputs: one for each label.
    ///   - configuration: the model's.
    init(_ outputs: ArraySlice<Float>, of configuration: ModelConfiguration) {
        let scores: [Float]
        switch configuration.problem {
        case .regression where outputs.count == 1 && configuration.namesProblem:
            self = .score(outputs.first ?? .nan)
            return
        case .regression where outputs.count > 1: scores = Array(outputs)
        case .singleLabel where outputs.count > 1: scores = Self.softmax(outputs)
        default: scores = outputs.map(Self.sigmoid)
        }
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        self = .labels(order.map { ScoredLabel(label: configuration.labels[$0], score: scores[$0]) })
    }

    private static func softmax(_ logits: ArraySlice<Float>) -> [Float] {
        let largest = logits.max() ?? 0, powers = logits.map { exp(Double($0 - largest)) }, sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }

    private static func sigmoid(_ logit: Float) -> Float { Float(1 / (1 + exp(-Double(logit)))) }
}
