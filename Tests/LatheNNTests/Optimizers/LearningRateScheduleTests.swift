import LatheNN
import Testing

/// Expected values: transformers 4.57,
/// `get_*_schedule_with_warmup(optimizer, num_warmup_steps=4, num_training_steps=12)`.
@Suite("Learning-rate schedules")
struct LearningRateScheduleTests {
    @Test("a constant rate rises first, then stays")
    func constant() {
        expect(LearningRateSchedule(.constant, warmupSteps: 4, totalSteps: 12), [0, 0.25, 0.5, 0.75, 1, 1, 1])
        expect(.constant, [1, 1, 1])
    }

    @Test("a linear rate falls to zero at the last step and stays there")
    func linear() {
        expect(
            LearningRateSchedule(.linear, warmupSteps: 4, totalSteps: 12),
            [0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0, 0])
        expect(LearningRateSchedule(.linear, totalSteps: 4), [1, 0.75, 0.5, 0.25, 0])
    }

    @Test("a cosine rate falls along half a wave")
    func cosine() {
        expect(
            LearningRateSchedule(.cosine(cycles: 0.5), warmupSteps: 4, totalSteps: 12),
            [
                0, 0.25, 0.5, 0.75, 1, 0.961939766, 0.853553391, 0.691341716, 0.5, 0.308658284, 0.146446609,
                0.038060234, 0,
            ])
        expect(LearningRateSchedule(.cosine(cycles: 1), totalSteps: 4), [1, 0.5, 0, 0.5, 1])
    }

    /// `WarmupLR(optimizer, 0, 1, warmup_num_steps=4)` and `WarmupDecayLR(optimizer, 8, 0, 1, 4)` of DeepSpeed 0.18.3,
    /// `warmup_type` its default, log.
    @Test("a logarithmic rise is DeepSpeed's, and at its end a step early")
    func logarithmic() {
        let rise = [0, 0.5, 0.7924812503605781, 1]
        expect(LearningRateSchedule(.constant, warmupSteps: 4, totalSteps: 8, rise: .logarithmic), rise + [1, 1])
        expect(
            LearningRateSchedule(.linear, warmupSteps: 4, totalSteps: 8, rise: .logarithmic),
            rise + [1, 0.75, 0.5, 0.25, 0, 0])
        expect(LearningRateSchedule(.constant, warmupSteps: 1, totalSteps: 8, rise: .logarithmic), [0, 1])
    }

    @Test(
        "a warm-up as long as the training, or longer, only rises",
        arguments: [LearningRateSchedule.Course.linear, .cosine(cycles: 0.5)])
    func onlyWarmup(course: LearningRateSchedule.Course) {
        expect(LearningRateSchedule(course, warmupSteps: 4, totalSteps: 3), [0, 0.25, 0.5, 0.75])
    }

    private func expect(
        _ schedule: LearningRateSchedule, _ factors: [Double], _ location: SourceLocation = #_sourceLocation
    ) {
        for (step, factor) in factors.enumerated() {
            #expect(abs(schedule.factor(at: step) - factor) < 1e-9, "step \(step)", sourceLocation: location)
        }
    }
}
