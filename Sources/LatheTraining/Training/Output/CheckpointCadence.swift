/// When to write the next checkpoint.
struct CheckpointCadence {
    /// The least time between checkpoints.
    static let leastSeconds = 30.0
    /// The largest share of a run's time that writing may take.
    static let writingShare = 0.02

    private let interval: TrainingOptions.CheckpointInterval
    /// When the last one was complete, or the run went on.
    private var end: Double
    /// How long the last one took.
    private var writingSeconds = 0.0

    /// - Parameter seconds: when the run begins or goes on.
    init(_ interval: TrainingOptions.CheckpointInterval, from seconds: Double) {
        self.interval = interval
        end = seconds
    }

    /// Whether to write one after `step` steps, `seconds` into the run.
    func isDue(after step: Int, at seconds: Double) -> Bool {
        switch interval {
        case .steps(let count): step.isMultiple(of: count)
        case .adaptive: seconds - end >= max(Self.leastSeconds, writingSeconds * (1 / Self.writingShare - 1))
        }
    }

    /// One was written between these seconds of the run.
    mutating func didWrite(from start: Double, to end: Double) {
        self.end = end
        writingSeconds = end - start
    }
}
