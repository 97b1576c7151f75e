import LatheTraining
import LatheWorkflows

extension Report {
    /// A model as a row of the tables and a point of the charts.
    public struct Model: Codable, Sendable, Equatable {
        /// Different for each.
        public var name: String
        /// The name of the run that measured it.
        public var run: String
        /// The stage of that run: `packed`, …
        public var stage: String
        /// The directory of the model, as the run has it.
        public var directory: String?
        /// The task, the metric and the data of the score, in words. Only scores of one group are compared.
        public var group: String?
        /// The data behind the score; `nil` if the record does not say.
        public var scoredOn: ScoredData?
        /// The metric by which models are compared, and its value; `nil` if nothing was measured.
        public var measure: String?
        public var score: Double?
        /// The standard error of the score; `nil` if it is not known.
        public var standardError: Double?
        /// The number of examples that were scored; `nil` if it is not known.
        public var examples: Int?
        public var isHigherBetter: Bool
        public var parameters: Int?
        public var bytes: Int?
        /// The median milliseconds of a batch.
        public var milliseconds: Double?
        /// The middle half of the times, in milliseconds.
        package var spread: Spread?
        /// The batch that was timed.
        public var batch: String?
        /// Where the time was taken: the name of a run, or `report`. Times of one such moment were taken in turn and
        /// are comparable; `nil` for a time that is comparable with no other.
        public var timedIn: String?
        /// How many times as fast as another model it is; `nil` if the two were not timed in turn.
        public var speedUp: SpeedUp?
        /// Why the report could not time the model; `nil` if it did, or was not asked to.
        public var timingProblem: String?
        /// Whether the model scores better than all smaller ones of the group that are best for their size. Differences
        /// within the standard error do not count.
        public var isBestForSize: Bool
        /// The same for time, among models that were timed in turn on the same batch.
        public var isBestForTime: Bool

        public init(
            name: String, run: String, stage: String, measure: String? = nil, score: Double? = nil,
            isHigherBetter: Bool = true, parameters: Int? = nil,
            bytes: Int? = nil, milliseconds: Double? = nil, batch: String? = nil, isBestForSize: Bool = false,
            isBestForTime: Bool = false
        ) {
            (self.name, self.run, self.stage, self.measure, self.score) = (name, run, stage, measure, score)
            (self.isHigherBetter, self.parameters, self.bytes, self.milliseconds, self.batch) = (
                isHigherBetter, parameters, bytes, milliseconds, batch
            )
            (self.isBestForSize, self.isBestForTime) = (isBestForSize, isBestForTime)
        }
    }

    /// The speed of a model relative to another one, from times that were taken in turn.
    public struct SpeedUp: Codable, Sendable, Equatable {
        /// The name of the other model.
        public var than: String
        /// The other model's time divided by the model's: the median of the rounds.
        public var ratio: Double
        /// The middle half of the rounds.
        package var spread: Spread

        package init(than: String, ratio: Double, spread: Spread) {
            (self.than, self.ratio, self.spread) = (than, ratio, spread)
        }

        init(than name: String, _ ratio: InterleavedTimes.Ratio) {
            self.init(than: name, ratio: ratio.median, spread: ratio.spread)
        }
    }
}

extension Report.Model {
    /// The standard error of the difference of two scores: `√(a² + b²)`, an upper bound for scores of the same
    /// examples. Unknown errors count as 0.
    static func standardError(_ first: Report.Model, _ second: Report.Model) -> Double {
        let errors = [first, second].map { $0.standardError.flatMap { $0.isFinite ? $0 : nil } ?? 0 }
        return (errors[0] * errors[0] + errors[1] * errors[1]).squareRoot()
    }
}
