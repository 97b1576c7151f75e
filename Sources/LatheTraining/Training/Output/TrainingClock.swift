/// The seconds that a run has taken, those before it was resumed included.
struct TrainingClock {
    private let before: Double
    private let start = ContinuousClock.now

    init(seconds: Double = 0) {
        before = seconds
    }

    var seconds: Double {
        let duration = start.duration(to: .now).components
        return before + Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }
}
