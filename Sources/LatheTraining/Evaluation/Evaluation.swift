import LatheFiles

/// What a model scores on examples that it was not trained on.
public struct Evaluation: Sendable, Hashable, Codable {
    /// A metric and its value.
    public struct Metric: Sendable, Hashable, Codable {
        /// A stable key such as `accuracy`.
        public var name: String
        public var value: Double
        /// The standard error of the value; `nil` if it is not known.
        public var standardError: Double?

        public init(_ name: String, _ value: Double, standardError: Double? = nil) {
            (self.name, self.value, self.standardError) = (name, value, standardError)
        }

        /// A share of `count` examples, with its binomial standard error `√(p (1 - p) / n)`.
        public static func share(_ name: String, _ value: Double, of count: Int) -> Metric {
            Metric(
                name, value, standardError: count > 0 ? (max(value * (1 - value), 0) / Double(count)).squareRoot() : nil
            )
        }
    }

    /// All measures, in the order to print them.
    public let metrics: [Metric]
    /// The name of the measure by which the best of several models is chosen.
    public let primaryName: String
    /// Whether more of it is better: so for an accuracy, not for a perplexity.
    public let isHigherBetter: Bool
    /// The score of an answer that does not look at the example.
    public struct Baseline: Sendable, Hashable, Codable {
        /// The metric that `value` is compared with.
        public var metric: String
        public var value: Double
        /// `'positive'`, `the mean`
        public var answer: String

        public init(metric: String, value: Double, answer: String) {
            (self.metric, self.value, self.answer) = (metric, value, answer)
        }
    }

    /// The number of texts, images, passages or tokens that were scored; `nil` in records of earlier versions.
    public var exampleCount: Int?
    /// The score of the commonest answer; `nil` if it is not known.
    public var baseline: Baseline?
    /// How often each class was answered for each; `nil` for other answers than classes, and for too many of them.
    package var confusion: ConfusionMatrix?

    /// - Precondition: `primaryName` is one of the metrics.
    public init(_ metrics: [Metric], primary primaryName: String, isHigherBetter: Bool = true, exampleCount: Int? = nil)
    {
        precondition(
            metrics.contains { $0.name == primaryName },
            "'\(primaryName)' is none of the metrics \(metrics.map(\.name))")
        self.metrics = metrics
        self.primaryName = primaryName
        self.isHigherBetter = isHigherBetter
        self.exampleCount = exampleCount
    }

    /// The value of the measure called `name`, or nil.
    public subscript(name: String) -> Double? { metrics.first { $0.name == name }?.value }

    /// The value of the primary measure.
    public var primaryValue: Double { self[primaryName] ?? .nan }

    /// Whether the model is no better than the commonest answer.
    public var isNoBetterThanBaseline: Bool {
        guard let baseline, let value = self[baseline.metric] else { return false }
        return !(value > baseline.value)
    }

    /// Whether the primary measure is better than in `other`. Equal is not better, NaN is never better, and any number
    /// is better than nothing.
    public func isBetter(than other: Evaluation?) -> Bool {
        guard let other else { return !primaryValue.isNaN }
        return isHigherBetter ? primaryValue > other.primaryValue : primaryValue < other.primaryValue
    }

    /// The measures as an object, in their order; a value that is no finite number becomes `null`.
    public var json: JSONValue { .object(metrics.map { JSONValue.Member($0.name, .number($0.value)) }) }
}
