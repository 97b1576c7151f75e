#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension LearningRateSchedule {
    /// A cycle of the learning rate, up and down again, and a decay behind it (1cycle, arXiv:1803.09820), while the
    /// momentum goes the other way.
    ///
    /// The factor is 0 at the cycle's lowest rate and 1 at its highest. Source: DeepSpeed
    /// `deepspeed/runtime/lr_schedules.py`, `OneCycle`.
    public struct OneCycle: Sendable, Hashable, Codable {
        /// The first running average's constant of Adam and its kin at both ends of the cycle. The second's is 0.99
        /// meanwhile, as in DeepSpeed.
        public struct Momentum: Sendable, Hashable, Codable {
            public var lowest: Double
            public var highest: Double
            /// By how much the momentum grows per interval behind the cycle.
            public var decayRate: Double

            public init(lowest: Double = 0.8, highest: Double = 0.9, decayRate: Double = 0) {
                (self.lowest, self.highest, self.decayRate) = (lowest, highest, decayRate)
            }
        }

        /// The constant of the second running average while the momentum is cycled.
        public static let secondBeta: Float = 0.99

        /// Steps up.
        public var firstSteps: Int
        /// Steps down.
        public var secondSteps: Int
        /// Behind the cycle the rate is `lowest / (1 + decayRate · steps / decaySteps)`; 0 for none.
        public var decayRate: Double
        /// Steps of an interval of the decay; 0 for no decay.
        public var decaySteps: Int
        /// The lowest rate as a share of the cycle's height, `lowest / (highest - lowest)`, from which the decay goes on.
        public var lowestShare: Double
        /// `nil` where the momentum stays.
        public var momentum: Momentum?

        public init(
            firstSteps: Int = 2000, secondSteps: Int? = nil, decayRate: Double = 0, decaySteps: Int = 0,
            lowestShare: Double = 0, momentum: Momentum? = nil
        ) {
            (self.firstSteps, self.secondSteps) = (firstSteps, secondSteps ?? firstSteps)
            (self.decayRate, self.decaySteps, self.lowestShare, self.momentum) = (
                decayRate, decaySteps, lowestShare, momentum
            )
        }

        private var totalSteps: Int { firstSteps + secondSteps }

        /// The factor for the update with number `step`, counted from 0; below 0 where the rate decays to less than the
        /// lowest.
        func factor(at step: Int) -> Double {
            // The cycle's end counts as a beginning, once.
            if step <= totalSteps { return height(at: step) }
            guard decaySteps > 0, decayRate != 0 else { return 0 }
            return lowestShare / (1 + decayRate * intervals(at: step)) - lowestShare
        }

        /// The momentum of the update with number `step`; `nil` where it stays.
        public func momentum(at step: Int) -> Double? {
            guard let momentum else { return nil }
            // DeepSpeed sets it first after the first update.
            if step == 0 { return momentum.lowest }
            if step <= totalSteps { return momentum.highest - (momentum.highest - momentum.lowest) * height(at: step) }
            guard decaySteps > 0, momentum.decayRate != 0 else { return momentum.highest }
            return momentum.highest * (1 + momentum.decayRate * intervals(at: step))
        }

        private func intervals(at step: Int) -> Double { Double(step - totalSteps) / Double(decaySteps) }

        /// 0 at the ends of the cycle, 1 between its halves.
        private func height(at step: Int) -> Double {
            let turn = Double(firstSteps) / Double(totalSteps)
            let progress = Double(step) / Double(totalSteps), place = progress - floor(progress)
            return place <= turn ? place / turn : (place - 1) / (turn - 1)
        }
    }
}

extension LearningRateSchedule {
    /// A learning rate that rises without end, to find the largest with which a model still learns (arXiv:1803.09820).
    ///
    /// Source: DeepSpeed `deepspeed/runtime/lr_schedules.py`, `LRRangeTest`.
    public struct RangeTest: Sendable, Hashable, Codable {
        /// Steps of an interval.
        public var stepSize: Int
        /// By what share of the first rate the rate rises per interval.
        public var stepRate: Double
        /// Whether it rises at the end of intervals only.
        public var isStaircase: Bool

        public init(stepSize: Int = 2000, stepRate: Double = 1, isStaircase: Bool = false) {
            (self.stepSize, self.stepRate, self.isStaircase) = (stepSize, stepRate, isStaircase)
        }

        /// `1 + stepRate · step / stepSize` for the update with number `step`, counted from 0.
        func factor(at step: Int) -> Double {
            let intervals = Double(step) / Double(stepSize)
            return 1 + stepRate * (isStaircase ? floor(intervals) : intervals)
        }
    }
}
