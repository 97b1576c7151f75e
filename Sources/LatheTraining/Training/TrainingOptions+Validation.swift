import LatheFiles
import LatheNN

/// Options out of range, all of them.
public struct TrainingOptionsError: DescribedError, Equatable {
    /// One option that cannot be.
    package struct Problem: Equatable, Sendable {
        /// The option's name in `TrainingOptions.json`.
        package let option: String
        /// What would do: `at least 1`.
        package let expected: String
        /// What is there.
        package let got: String
    }

    package let problems: [Problem]

    public var description: String {
        problems.map { "\($0.option): expected \($0.expected), got \($0.got)" }.joined(separator: "\n")
    }
}

extension TrainingOptions {
    /// Beyond any real training, and small enough that sums and products of counts do not overflow.
    private static let countLimit = 1_000_000_000
    /// Beyond any real training as well.
    private static let tokenLimit = 1_000_000_000_000_000

    /// What can be said before the number of steps is known.
    package func checkRanges(exampleCount: Int) throws(TrainingOptionsError) {
        var problems = Problems()
        problems.check("examples", exampleCount, in: 1...Self.countLimit)
        switch duration {
        case .epochs(let count): problems.check("epochs", count, in: 1...Self.countLimit)
        case .steps(let count): problems.check("steps", count, in: 1...Self.countLimit)
        case .tokens(let count): problems.check("tokens", count, in: 1...Self.tokenLimit)
        }
        problems.check("batch_size", batchSize, in: 1...Self.countLimit)
        let most = max(1, min(batchSize, Self.countLimit))
        if !(1...most).contains(accumulation) {
            problems.add("accumulation", "an integer in 1...\(most), the batch size", accumulation)
        }
        problems.check("learning_rate", learningRate, "a number above 0") { $0 > 0 }
        if case .cosine(let cycles) = course {
            problems.check("schedule.cycles", cycles, "a number above 0") { $0 > 0 }
        }
        switch warmUp {
        case .steps(let count): problems.check("warmup_steps", count, in: 0...Self.countLimit)
        case .tokens(let count): problems.check("warmup_tokens", count, in: 0...Self.tokenLimit)
        case .share(let share): problems.check("warmup_share", share, "a number in 0...1") { (0...1).contains($0) }
        }
        if let curriculum {
            problems.check("curriculum.minimum", (0..<4096).map(curriculum.length).min() ?? 0, in: 2...Self.countLimit)
        }
        problems.check("lowest_learning_rate", lowestRate, "a number of at least 0, and at most the learning rate") {
            $0 >= 0 && !($0 > learningRate)
        }
        problems.check("weight_decay", weightDecay, "a number of at least 0") { $0 >= 0 }
        problems.check(method)
        if let gradientClip { problems.check("gradient_clip", gradientClip, "a number above 0") { $0 > 0 } }
        if case .steps(let count) = evaluations { problems.check("evaluations", count, in: 1...Self.countLimit) }
        if case .steps(let count) = checkpoints { problems.check("checkpoints", count, in: 1...Self.countLimit) }
        problems.check("log_interval", logInterval, in: 1...Self.countLimit)
        try problems.throwIfAny()
    }

    /// What depends on the number of steps.
    func checkSteps(warmupSteps: Int, totalSteps: Int) throws(TrainingOptionsError) {
        var problems = Problems()
        problems.check("warmup_steps", warmupSteps, in: 0...(allowsLongWarmUp ? Self.countLimit : totalSteps))
        problems.check("first_best_step", firstBestStep, in: 0...totalSteps)
        try problems.throwIfAny()
    }
}

/// Collects what is out of range.
private struct Problems {
    private var all: [TrainingOptionsError.Problem] = []

    mutating func check(_ option: String, _ value: Int, in range: ClosedRange<Int>) {
        if !range.contains(value) { add(option, "an integer in \(range)", value) }
    }

    mutating func check<Number: BinaryFloatingPoint & CustomStringConvertible>(
        _ option: String, _ value: Number, _ expected: String, _ isAllowed: (Number) -> Bool
    ) {
        if !value.isFinite || !isAllowed(value) { add(option, expected, value) }
    }

    mutating func check(_ method: TrainingOptions.Method) {
        switch method {
        case .adamW(let constants), .adam(let constants): check(constants)
        case .lamb(let constants):
            check(constants.adam)
            check("optimizer.least_trust", constants.leastTrust, "a number of at least 0") { $0 >= 0 }
            check("optimizer.largest_trust", constants.largestTrust, "at least the least one") {
                $0 >= constants.leastTrust
            }
        case .lion(let beta1, let beta2): check(beta1, beta2)
        case .adagrad(let constants):
            check("optimizer.epsilon", constants.epsilon, "a number above 0") { $0 > 0 }
            check("optimizer.rate_decay", constants.rateDecay, "a number of at least 0") { $0 >= 0 }
            check("optimizer.initial_sum", constants.initialSum, "a number of at least 0") { $0 >= 0 }
        case .sgd(let momentum, let isNesterov):
            check("optimizer.momentum", momentum, "a number in 0..<1") { (0..<1).contains($0) }
            if isNesterov, momentum == 0 {
                add("optimizer.momentum", "a number above 0 for Nesterov's method", momentum)
            }
        }
    }

    private mutating func check(_ constants: Adam.Constants) {
        check(constants.beta1, constants.beta2)
        check("optimizer.epsilon", constants.epsilon, "a number above 0") { $0 > 0 }
    }

    private mutating func check(_ beta1: Float, _ beta2: Float) {
        check("optimizer.beta1", beta1, "a number in 0..<1") { (0..<1).contains($0) }
        check("optimizer.beta2", beta2, "a number in 0..<1") { (0..<1).contains($0) }
    }

    mutating func add(_ option: String, _ expected: String, _ got: some CustomStringConvertible) {
        all.append(.init(option: option, expected: expected, got: got.description))
    }

    func throwIfAny() throws(TrainingOptionsError) {
        if !all.isEmpty { throw TrainingOptionsError(problems: all) }
    }
}
