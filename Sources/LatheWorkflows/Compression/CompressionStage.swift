import LatheCheckpoints
import LatheModels
import LatheTraining

/// A model on its way through a compression, as it was measured there.
public struct CompressionStage: Sendable {
    /// The moments at which models are measured; the raw values are stable.
    public enum Kind: String, Sendable {
        /// The model that the student learns from.
        case teacher
        /// The model that is compressed, as it was.
        case before
        /// The best one of the training, while its weights are masked and fake-quantised.
        case student
        /// With everything permanent and pruned parts gone, in floats.
        case cleaned
        /// With weights in their bits.
        case packed
    }

    public let kind: Kind
    /// The metrics of the stage; `nil` without files to measure with.
    public let evaluation: Evaluation?
    /// Bytes of the file with its weights; `nil` if it is not written.
    public let byteCount: Int?
    /// The numbers that it holds.
    public let parameterCount: Int
    /// The median milliseconds that a batch takes, without gradients, comparable with those of the other stages: saved
    /// models are timed in turn when the run ends; others, while they exist, in turn with the model as it was, and
    /// their time is that ratio times its time. `nil` for a network that takes neither texts nor images, and for a
    /// model that cannot be opened any more.
    public private(set) var milliseconds: Double?
    /// The middle half of the times, in milliseconds.
    package private(set) var spread: Spread?
    /// The ratio of a batch's time to the last stage's; `nil` for the last stage, and unless both are saved models.
    package private(set) var timeRatio: InterleavedTimes.Ratio?
    /// The batch that is timed: `8 texts of 128 tokens`; `nil` before the stages are timed, and if none of them has a
    /// time.
    public private(set) var batch: String?

    /// - Parameter byteCount: bytes of the file with its weights; `nil` if it is not written.
    init(_ kind: Kind, _ evaluation: Evaluation?, byteCount: Int?, parameterCount: Int) {
        (self.kind, self.evaluation, self.byteCount, self.parameterCount) = (
            kind, evaluation, byteCount, parameterCount
        )
    }

    /// The rounds in which stages are timed, and the seconds after which there are no more than the fewest.
    private static let rounds = 5...101, seconds = 0.2

    /// The time relative to that of the model as it was; `nil` for a saved model.
    private var relativeTime: InterleavedTimes.Ratio?

    /// Times a model that will not be there when the run ends, in turn with the model as it was.
    /// - Parameter directory: where that one is.
    mutating func time(_ model: PretrainedModel, inTurnWith directory: String?) {
        guard let directory, let own = try? TimedModel(model), let before = try? TimedModel(directory: directory),
            own.batch == before.batch
        else { return }
        relativeTime = Stopwatch.inTurn([before.run, own.run], rounds: Self.rounds, seconds: Self.seconds).ratio(
            1, to: 0)
    }

    /// Times the saved models of stages in turn.
    /// - Parameter directories: where the models are. One that cannot be opened any more has no time.
    static func time(_ stages: inout [CompressionStage], in directories: [Kind: String]) {
        let opened = stages.indices.compactMap { index in
            directories[stages[index].kind].flatMap { try? TimedModel(directory: $0) }.map { (index: index, model: $0) }
        }
        guard let last = opened.last, last.index == stages.count - 1 else { return }
        // Models are compared on one batch, the saved one's.
        let timed = opened.filter { $0.model.batch == last.model.batch }
        let times = Stopwatch.inTurn(timed.map { $0.model.run }, rounds: rounds, seconds: seconds)
        for (place, entry) in timed.enumerated() {
            (stages[entry.index].milliseconds, stages[entry.index].spread) = (times.median(place), times.spread(place))
            if entry.index != last.index { stages[entry.index].timeRatio = times.ratio(place, to: timed.count - 1) }
        }
        let before = (stages.first { $0.kind == .before } ?? stages.first { $0.kind == .teacher })?.milliseconds
        for index in stages.indices {
            stages[index].batch = last.model.batch
            guard let ratio = stages[index].relativeTime, let before else { continue }
            stages[index].milliseconds = ratio.median * before
            stages[index].spread = Spread(low: ratio.spread.low * before, high: ratio.spread.high * before)
        }
    }

    /// As records have it.
    var record: RunRecord.Stage {
        var stage = RunRecord.Stage(
            name: kind.rawValue, evaluation: evaluation, parameters: parameterCount, bytes: byteCount,
            milliseconds: milliseconds)
        (stage.spread, stage.timeRatio) = (spread, timeRatio)
        return stage
    }

    /// Bytes of the files with the weights in `directory`.
    static func byteCount(in directory: String) throws -> Int {
        try Checkpoint(directory: directory).files.reduce(0) { $0 + $1.byteCount }
    }
}
