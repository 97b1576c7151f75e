#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the learning rate is multiplied by at each step: a rise during warm-up, then a course of its own. With a linear
/// rise the values are those of transformers' `get_constant_`, `get_linear_` and `get_cosine_schedule_with_warmup`,
/// with a logarithmic one those of DeepSpeed's `WarmupLR` and `WarmupDecayLR`.
public struct LearningRateSchedule: Sendable, Hashable, Codable {
    /// What follows the warm-up.
    public enum Course: Sendable, Hashable, Codable {
        /// 1 for ever.
        case constant
        /// A straight line to 0 at the last step.
        case linear
        /// `(1 + cos 2π·cycles·progress) / 2`: half a wave down to 0 with the usual 0.5 cycles.
        case cosine(cycles: Double)
        /// Half a wave down to the share `least`, one step earlier:
        /// `least + (1 - least) (1 + cos π (step - warmup + 1) / (total - warmup)) / 2`. DeepSpeed's `WarmupCosineLR`.
        case cosineToShare(Double)
        /// DeepSpeed's `OneCycle`.
        case oneCycle(OneCycle)
        /// DeepSpeed's `LRRangeTest`.
        case rangeTest(RangeTest)
    }

    /// How the rate rises during warm-up, from 0 at the first step.
    public enum Rise: String, Sendable, Hashable, Codable, CaseIterable {
        /// `step / warmupSteps`
        case linear
        /// `log(step + 1) / log(warmupSteps)`, which is 1 at the last step of the warm-up already. Source: DeepSpeed
        /// `deepspeed/runtime/lr_schedules.py`.
        case logarithmic
    }

    public var course: Course
    public var rise: Rise
    /// Steps in which the rate rises from `warmupStart`.
    public var warmupSteps: Int
    /// The factor at the first step of a warm-up.
    public var warmupStart = 0.0
    /// All steps, those of the warm-up included. `constant` has no use for it.
    public var totalSteps: Int

    public init(_ course: Course, warmupSteps: Int = 0, totalSteps: Int, rise: Rise = .linear) {
        self.course = course
        self.rise = rise
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// The learning rate stays as it is.
    public static let constant = LearningRateSchedule(.constant, totalSteps: 0)

    /// The factor for the update with number `step`, counted from 0. With a warm-up, the first is `warmupStart`.
    public func factor(at step: Int) -> Double {
        if step < warmupSteps { return warmupStart + (1 - warmupStart) * share(ofWarmUp: step) }
        let rest = Double(max(1, totalSteps - warmupSteps))
        switch course {
        case .constant: return 1
        case .linear: return max(0, Double(totalSteps - step) / rest)
        case .cosine(let cycles):
            let progress = Double(step - warmupSteps) / rest
            return max(0, 0.5 * (1 + cos(.pi * cycles * 2 * progress)))
        case .cosineToShare(let least):
            let progress = min(Double(step - warmupSteps + 1) / rest, 1)
            return least + (1 - least) * (1 + cos(.pi * progress)) / 2
        case .oneCycle(let cycle): return cycle.factor(at: step)
        case .rangeTest(let test): return test.factor(at: step)
        }
    }

    private func share(ofWarmUp step: Int) -> Double {
        switch rise {
        case .linear: Double(step) / Double(max(1, warmupSteps))
        // The logarithm of a single step is 0; DeepSpeed counts at least two.
        case .logarithmic: log(Double(step + 1)) / log(Double(max(2, warmupSteps)))
        }
    }
}
