#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheTensor

/// The section `scheduler`: how the learning rate rises, and what follows.
/// Source: DeepSpeed `deepspeed/runtime/lr_schedules.py`, `WarmupLR` and `WarmupDecayLR`.
public struct SchedulerSettings: Sendable, Hashable {
    /// What follows the warm-up.
    public enum Course: Sendable, Hashable {
        /// `WarmupLR`: the rate stays.
        case constant
        /// `WarmupDecayLR`: a straight line to 0 at step `totalSteps`.
        case decay(totalSteps: Int)
    }

    /// How the rate rises.
    public enum WarmUp: String, Sendable, Hashable, CaseIterable {
        /// `log(step + 1) / log(warmupSteps)`
        case logarithmic = "log"
        /// `step / warmupSteps`
        case linear
    }

    public var course = Course.constant
    public var warmUp = WarmUp.logarithmic
    /// The rate at the first step.
    public var lowestRate = 0.0
    /// The rate after the warm-up.
    public var highestRate = 1e-3
    /// Steps of the warm-up, at least 2.
    public var warmupSteps = 1000

    public init() {}

    /// The learning rate of the update with number `step`, counted from 0.
    public func learningRate(at step: Int) -> Double {
        let factor: Double
        if step < warmupSteps {
            factor = warmUp == .linear ? Double(step) / Double(warmupSteps) : log(Double(step + 1)) / log(Double(warmupSteps))
        } else {
            switch course {
            case .constant: factor = 1
            case .decay(let totalSteps): factor = max(0, Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps)))
            }
        }
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
        warmUp = params.choice("warmup_type", ["log": .logarithmic, "linear": .linear], default: warmUp)
        guard decays else { return }
        let total = params.steps("total_num_steps", from: 1)
        course = .decay(totalSteps: total)
        if params["total_num_steps"] != nil, total < warmupSteps {
            params.note("total_num_steps", "\(total) is below warmup_num_steps = \(warmupSteps); the learning rate never gets to its highest")
        }
    }
}
