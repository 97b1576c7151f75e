import LatheNN
import LatheTensor

/// The section `scheduler`: how the learning rate rises, and what follows.
/// Source: DeepSpeed `deepspeed/runtime/lr_schedules.py`, `WarmupLR` and `WarmupDecayLR`.
public struct SchedulerSettings: Sendable, Hashable {
    /// What follows the warm-up.
    public enum Course: Sendable, Hashable {
        /// `WarmupLR`: the rate stays.
        case constant
        /// `WarmupDecayLR`: a straight line to the lowest rate at step `totalSteps`.
        case decay(totalSteps: Int)
    }

    public var course = Course.constant
    /// How the rate rises.
    public var rise = LearningRateSchedule.Rise.logarithmic
    /// The rate at the first step, and at the last of a course that falls.
    public var lowestRate = 0.0
    /// The rate after the warm-up.
    public var highestRate = 1e-3
    /// Steps of the warm-up, at least 2.
    public var warmupSteps = 1000

    public init() {}

    private var schedule: LearningRateSchedule {
        switch course {
        case .constant: LearningRateSchedule(.constant, warmupSteps: warmupSteps, totalSteps: 0, rise: rise)
        case .decay(let totalSteps): LearningRateSchedule(.linear, warmupSteps: warmupSteps, totalSteps: totalSteps, rise: rise)
        }
    }

    /// The learning rate of the update with number `step`, counted from 0.
    public func learningRate(at step: Int) -> Double {
        let factor = schedule.factor(at: step)
        return lowestRate + (highestRate - lowestRate) * factor
    }
}

extension SchedulerSettings {
    init(_ fields: JSONFields) {
        let decays = fields.choice("type", ["WarmupLR": false, "WarmupDecayLR": true])
        let params = fields.object("params")
        lowestRate = params.number("warmup_min_lr", in: 0...1000, default: lowestRate)
        highestRate = params.number("warmup_max_lr", in: 0...1000, default: highestRate)
        warmupSteps = max(2, params.steps("warmup_num_steps", default: warmupSteps))
        rise = params.choice("warmup_type", ["log": .logarithmic, "linear": .linear], default: rise)
        guard decays else { return }
        let total = params.steps("total_num_steps", from: 1)
        course = .decay(totalSteps: total)
        if params["total_num_steps"] != nil, total < warmupSteps {
            params.note("total_num_steps", "\(total) is below warmup_num_steps = \(warmupSteps); the learning rate never gets to its highest")
        }
    }
}
