#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sequences that begin short and grow during training (arXiv:2108.06084): a step computes with the first tokens of
/// each example only.
///
/// Source: DeepSpeed `deepspeed/runtime/data_pipeline/curriculum_scheduler.py`.
package struct SequenceCurriculum: Sendable, Hashable {
    /// How the length grows.
    package enum Schedule: Sendable, Hashable {
        /// With the root of this degree of the steps done, `totalSteps` of which lead to the maximum; rounded down to a
        /// multiple of `increment`. A degree of 1 is a straight line.
        case root(degree: Double, totalSteps: Int, increment: Int)
        /// Each length up to the step, counted from 1, that has its place in `lastSteps`; the last length from there
        /// on.
        case discrete(lengths: [Int], lastSteps: [Int])
    }

    /// Tokens at first.
    package var minimum: Int
    /// Tokens at last. A length that reaches it stays.
    package var maximum: Int
    package var schedule: Schedule

    package init(from minimum: Int, to maximum: Int, _ schedule: Schedule) {
        (self.minimum, self.maximum, self.schedule) = (minimum, maximum, schedule)
    }

    /// The tokens of each example at the step with number `step`, counted from 0.
    package func length(at step: Int) -> Int {
        if minimum >= maximum { return minimum }
        switch schedule {
        case .root(let degree, let totalSteps, let increment):
            let share = pow(Double(step + 1) / Double(max(totalSteps, 1)), 1 / degree)
            let length = Int(min(share * Double(maximum - minimum) + Double(minimum), 1e15))
            // Where the maximum is not a multiple, it comes with the first multiple beyond it.
            return min(length - length % max(increment, 1), maximum)
        case .discrete(let lengths, let lastSteps):
            let place = lastSteps.firstIndex { step + 1 <= $0 } ?? lastSteps.count
            return lengths[...place].first { $0 >= maximum } ?? lengths[place]
        }
    }
}
