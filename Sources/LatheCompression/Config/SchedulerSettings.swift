import LatheFiles
import LatheNN

/// The section `scheduler`: how the learning rate rises, and what follows.
/// Source: DeepSpeed `deepspeed/runtime/lr_schedules.py`.
package struct SchedulerSettings: Sendable, Hashable {
    /// What follows the warm-up.
    package enum Course: Sendable, Hashable {
        /// `WarmupLR`: the rate stays.
        case constant
        /// `WarmupDecayLR`: a straight line to the lowest rate at step `totalSteps`; `nil` for the last step of
        /// training.
        case decay(totalSteps: Int?)
        /// `WarmupCosineLR`: half a wave down to a share of the highest rate at step `totalSteps`; `nil` for the last
        /// step of training.
        case cosine(totalSteps: Int?, lowestShare: Double)
        /// `OneCycle`.
        case oneCycle(LearningRateSchedule.OneCycle)
        /// `LRRangeTest`.
        case rangeTest(LearningRateSchedule.RangeTest)
    }

    package var course = Course.constant
    /// How the rate rises.
    package var rise = LearningRateSchedule.Rise.logarithmic
    /// The rate at the first step, and at the last of a straight line.
    package var lowestRate = 0.0
    /// The rate after the warm-up, or at the top of a cycle; the first one of a range test.
    package var highestRate = 1e-3
    /// Whether the section leaves the highest rate to the section `optimizer`.
    package var usesOptimizerRate = false
    /// Steps of the warm-up, at least 2; 0 for none.
    package var warmupSteps = 1000
    /// The share of the highest rate at which the warm-up of `WarmupCosineLR` begins.
    package var warmupStart = 0.0

    package init() {}

    /// What training does: a course that falls ends with the training, whatever its own steps.
    package var trainingCourse: LearningRateSchedule.Course {
        switch course {
        case .constant: .constant
        case .decay: .linear
        case .cosine(_, let share): .cosineToShare(share)
        case .oneCycle(let cycle): .oneCycle(cycle)
        case .rangeTest(let test): .rangeTest(test)
        }
    }

    private var totalSteps: Int {
        switch course {
        case .decay(let steps), .cosine(let steps, _): steps ?? warmupSteps
        case .constant, .oneCycle, .rangeTest: 0
        }
    }

    /// The learning rate of the update with number `step`, counted from 0.
    package func learningRate(at step: Int) -> Double {
        var schedule = LearningRateSchedule(
            trainingCourse, warmupSteps: warmupSteps, totalSteps: totalSteps, rise: rise)
        schedule.warmupStart = warmupStart
        return lowestRate + (highestRate - lowestRate) * schedule.factor(at: step)
    }
}

extension SchedulerSettings {
    private enum Kind { case warmUp, decay, cosine, oneCycle, rangeTest }

    /// - Parameter isAutomatic: whether the file has `"auto"` for a key.
    init(_ fields: JSONFields, isAutomatic: (String) -> Bool = { _ in false }) {
        let kinds: KeyValuePairs<String, Kind> = [
            "WarmupLR": .warmUp, "WarmupDecayLR": .decay, "WarmupCosineLR": .cosine, "OneCycle": .oneCycle,
            "LRRangeTest": .rangeTest,
        ]
        let kind = fields.choice("type", kinds), params = fields.object("params")
        switch kind {
        case .warmUp: readWarmUp(params)
        case .decay:
            readWarmUp(params)
            course = .decay(totalSteps: totalSteps(params, isAutomatic))
        case .cosine:
            readSteps(params)
            usesOptimizerRate = true
            warmupStart = params.number("warmup_min_ratio", in: 0...1, default: 0)
            course = .cosine(
                totalSteps: totalSteps(params, isAutomatic),
                lowestShare: params.number("cos_min_ratio", in: 0...1, default: 1e-4))
        case .oneCycle: readCycle(params)
        case .rangeTest: readRangeTest(params)
        }
    }

    private mutating func readWarmUp(_ params: JSONFields) {
        lowestRate = params.number("warmup_min_lr", in: 0...1000, default: lowestRate)
        usesOptimizerRate = params["warmup_max_lr"] == nil
        highestRate = params.number("warmup_max_lr", in: 0...1000, default: highestRate)
        readSteps(params)
    }

    private mutating func readSteps(_ params: JSONFields) {
        warmupSteps = max(2, params.steps("warmup_num_steps", default: warmupSteps))
        rise = params.choice("warmup_type", ["log": .logarithmic, "linear": .linear], default: rise)
    }

    private func totalSteps(_ params: JSONFields, _ isAutomatic: (String) -> Bool) -> Int? {
        if isAutomatic(params.path("total_num_steps")) { return nil }
        let total = params.steps("total_num_steps", from: 1)
        if params["total_num_steps"] != nil, total < warmupSteps {
            params.note(
                "total_num_steps",
                "\(total) is below warmup_num_steps = \(warmupSteps); the learning rate never gets to its highest")
        }
        return total
    }

    private mutating func readCycle(_ params: JSONFields) {
        lowestRate = params.number("cycle_min_lr", in: 0...1000)
        highestRate = params.number("cycle_max_lr", in: 0...1000)
        if !params.problems.isEmpty { highestRate = max(highestRate, lowestRate + 1e-3) }
        if highestRate <= lowestRate {
            params.report("cycle_max_lr", "expected more than cycle_min_lr = \(lowestRate), got \(highestRate)")
        }
        let first = params.steps("cycle_first_step_size", from: 1, default: 2000)
        var cycle = LearningRateSchedule.OneCycle(
            firstSteps: first, secondSteps: params.steps("cycle_second_step_size", from: 1, default: first),
            decayRate: params.number("decay_lr_rate", in: 0...1e6, default: 0),
            decaySteps: params.steps("decay_step_size", default: 0),
            lowestShare: highestRate > lowestRate ? lowestRate / (highestRate - lowestRate) : 0)
        if params.bool("cycle_momentum", default: true) {
            cycle.momentum = .init(
                lowest: params.number("cycle_min_mom", in: 0...0.9999, default: 0.8),
                highest: params.number("cycle_max_mom", in: 0...0.9999, default: 0.9),
                decayRate: params.number("decay_mom_rate", in: 0...1, default: 0))
        }
        for key in ["cycle_first_stair_count", "cycle_second_stair_count"] where params[key].map({ $0 != 0 }) ?? false {
            params.note(key, "has no effect, as in DeepSpeed")
        }
        (course, warmupSteps) = (.oneCycle(cycle), 0)
    }

    private mutating func readRangeTest(_ params: JSONFields) {
        highestRate = params.number("lr_range_test_min_lr", in: 0...1000, default: 1e-3)
        let test = LearningRateSchedule.RangeTest(
            stepSize: params.steps("lr_range_test_step_size", from: 1, default: 2000),
            stepRate: params.number("lr_range_test_step_rate", in: 0...1e6, default: 1),
            isStaircase: params.bool("lr_range_test_staircase", default: false))
        (course, warmupSteps) = (.rangeTest(test), 0)
    }
}
