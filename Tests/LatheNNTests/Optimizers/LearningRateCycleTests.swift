import Testing

@testable import LatheNN

/// The numbers are those of `deepspeed/runtime/lr_schedules.py` of DeepSpeed 0.18.3: the rate and the first of an
/// optimizer's betas before each update, for the arguments that stand beside them.
@Suite("Learning rates of DeepSpeed's schedulers")
struct LearningRateCycleTests {
    private func expect(_ schedule: LearningRateSchedule, lowest: Double, highest: Double, _ rates: [Double]) {
        for (step, rate) in rates.enumerated() {
            let own = lowest + (highest - lowest) * schedule.factor(at: step)
            #expect(abs(own - rate) < 1e-10, "step \(step): \(own), recorded \(rate)")
        }
    }

    /// `OneCycle(cycle_min_lr=0.001, cycle_max_lr=0.01, cycle_first_step_size=4, cycle_second_step_size=6, decay_step_size=2, decay_lr_rate=0.5, decay_mom_rate=0.01)`
    @Test("A cycle goes up, down, and decays, and the momentum goes the other way")
    func oneCycle() {
        let cycle = LearningRateSchedule.OneCycle(
            firstSteps: 4, secondSteps: 6, decayRate: 0.5, decaySteps: 2, lowestShare: 0.001 / 0.009,
            momentum: .init(decayRate: 0.01))
        expect(
            LearningRateSchedule(.oneCycle(cycle), totalSteps: 0), lowest: 0.001, highest: 0.01,
            [
                0.001, 0.00325, 0.0055, 0.00775, 0.01, 0.0085, 0.007, 0.0055, 0.004, 0.0025, 0.001, 0.0008,
                0.0006666666667, 0.0005714285714, 0.0005,
                0.0004444444444, 0.0004,
            ])
        let momenta = [
            0.8, 0.875, 0.85, 0.825, 0.8, 0.8166666667, 0.8333333333, 0.85, 0.8666666667, 0.8833333333, 0.9, 0.9045,
            0.909, 0.9135, 0.918, 0.9225, 0.927,
        ]
        for (step, momentum) in momenta.enumerated() {
            #expect(abs((cycle.momentum(at: step) ?? 0) - momentum) < 1e-9, "step \(step)")
        }
    }

    /// `OneCycle(cycle_min_lr=0, cycle_max_lr=0.01, cycle_first_step_size=4)`
    @Test("Without a decay the rate stays at its lowest behind the cycle")
    func withoutDecay() {
        let cycle = LearningRateSchedule.OneCycle(firstSteps: 4, momentum: .init())
        expect(
            LearningRateSchedule(.oneCycle(cycle), totalSteps: 0), lowest: 0, highest: 0.01,
            [0, 0.0025, 0.005, 0.0075, 0.01, 0.0075, 0.005, 0.0025, 0, 0, 0, 0, 0])
        #expect(cycle.momentum(at: 12) == 0.9)
        #expect(LearningRateSchedule.OneCycle(firstSteps: 4).momentum(at: 3) == nil)
    }

    /// `LRRangeTest(lr_range_test_min_lr=0.001, lr_range_test_step_size=3, lr_range_test_step_rate=2)`
    @Test("A range test rises without end, in stairs if asked")
    func rangeTest() {
        expect(
            LearningRateSchedule(.rangeTest(.init(stepSize: 3, stepRate: 2)), totalSteps: 0),
            lowest: 0,
            highest: 0.001,
            [
                0.001, 0.001666666667, 0.002333333333, 0.003, 0.003666666667, 0.004333333333, 0.005, 0.005666666667,
                0.006333333333,
            ].map { $0 })
        expect(
            LearningRateSchedule(
                .rangeTest(.init(stepSize: 3, stepRate: 2, isStaircase: true)), totalSteps: 0),
            lowest: 0, highest: 0.001,
            [0.001, 0.001, 0.001, 0.003, 0.003, 0.003, 0.005, 0.005, 0.005])
    }

    /// `WarmupCosineLR(total_num_steps=12, warmup_num_steps=4, warmup_min_ratio=0.1, cos_min_ratio=0.05)` and
    /// `WarmupCosineLR(12, warmup_num_steps=4, warmup_type="linear")`, for iterations from 0 on, at a rate of 0.01
    @Test("A cosine falls from the warm-up to its share")
    func cosine() {
        var schedule = LearningRateSchedule(.cosineToShare(0.05), warmupSteps: 4, totalSteps: 12, rise: .logarithmic)
        schedule.warmupStart = 0.1
        expect(
            schedule, lowest: 0, highest: 0.01,
            [
                0.001, 0.0055, 0.008132331253, 0.01, 0.009638427779, 0.008608757211, 0.007067746304, 0.00525,
                0.003432253696, 0.001891242789, 0.0008615722206,
                0.0005,
            ])
        expect(
            LearningRateSchedule(.cosineToShare(1e-4), warmupSteps: 4, totalSteps: 12), lowest: 0, highest: 0.01,
            [
                0, 0.0025, 0.005, 0.0075, 0.009619435723, 0.008535680353, 0.00691372582, 0.0050005, 0.00308727418,
                0.001465319647, 0.0003815642772, 1e-6,
            ])
    }
}
