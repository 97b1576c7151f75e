#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the learning rate is multiplied by at each step: a linear rise during warm-up, then a course of its own. The values are those of transformers'
/// `get_constant_`, `get_linear_` and `get_cosine_schedule_with_warmup`.
public struct LearningRateSchedule: Sendable, Hashable, Codable {
    /// What follows the warm-up.
    public enum Course: Sendable, Hashable, Codable {
        /// 1 for ever.
        case constant
        /// A straight line to 0 at the last step.
        case linear
        /// `(1 + cos 2π·cycles·progress) / 2`: half a wave down to 0 with the usual 0.5 cycles.
        case cosine(cycles: Double)
    }

    public var course: Course
    /// Steps in which the rate rises from 0.
    public var warmupSteps: Int
    /// All steps, those of the warm-up included. `constant` has no use for it.
    public var totalSteps: Int

    public init(_ course: Course, warmupSteps: Int = 0, totalSteps: Int) {
        self.course = course
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// The learning rate stays as it is.
    public static let constant = LearningRateSchedule(.constant, totalSteps: 0)

    /// The factor for the update with number `step`, counted from 0. With a warm-up, the first is 0.
    public func factor(at step: Int) -> Double {
        if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
        let rest = Double(max(1, totalSteps - warmupSteps))
        switch course {
        case .constant: return 1
        case .linear: return max(0, Double(totalSteps - step) / rest)
        case .cosine(let cycles):
            let progress = Double(step - warmupSteps) / rest
            return max(0, 0.5 * (1 + cos(.pi * cycles * 2 * progress)))
        }
    }
}
