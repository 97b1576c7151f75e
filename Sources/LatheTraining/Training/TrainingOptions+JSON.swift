import LatheFiles
import LatheNN

extension TrainingOptions {
    /// All options that decide the result or the log, as the log's first line and a checkpoint hold them.
    public var json: JSONValue { .object(rateMembers + otherMembers) }

    private var rateMembers: [JSONValue.Member] {
        let members: [JSONValue.Member] = [
            durationMember,
            .init("batch_size", .integer(batchSize)),
            .init("accumulation", .integer(accumulation)),
            .init("learning_rate", .number(decimal: learningRate)),
            .init("schedule", course.json),
            warmUpMember,
            .init("warmup_rise", .string(rise.rawValue)),
            .init("lowest_learning_rate", .number(decimal: lowestRate)),
        ]
        return members + (warmupStart.map { [.init("warmup_start", .number($0))] } ?? [])
            + (curriculum.map { [.init("curriculum", $0.json)] } ?? [])
    }

    private var otherMembers: [JSONValue.Member] {
        [
            .init("weight_decay", .number(decimal: weightDecay)),
            .init("optimizer", method.json),
            .init("gradient_clip", gradientClip.map(JSONValue.number(decimal:)) ?? .null),
            .init("precision", .string(precision.rawValue)),
            .init("seed", Int(exactly: seed).map(JSONValue.integer) ?? .string(String(seed))),
            .init("evaluations", evaluations.json),
            .init("first_best_step", .integer(firstBestStep)),
            .init("log_interval", .integer(logInterval)),
        ]
    }

    private var durationMember: JSONValue.Member {
        switch duration {
        case .epochs(let count): .init("epochs", .integer(count))
        case .steps(let count): .init("steps", .integer(count))
        case .tokens(let count): .init("tokens", .integer(count))
        }
    }

    private var warmUpMember: JSONValue.Member {
        switch warmUp {
        case .steps(let count): .init("warmup_steps", .integer(count))
        case .tokens(let count): .init("warmup_tokens", .integer(count))
        case .share(let share): .init("warmup_share", .number(share))
        }
    }
}

extension LearningRateSchedule.Course {
    fileprivate var json: JSONValue {
        switch self {
        case .constant: "constant"
        case .linear: "linear"
        case .cosine(let cycles): ["name": "cosine", "cycles": .number(cycles)]
        case .cosineToShare(let least): ["name": "cosine", "lowest_share": .number(least)]
        case .oneCycle(let cycle): cycle.json
        case .rangeTest(let test):
            [
                "name": "range_test", "step_size": .integer(test.stepSize), "step_rate": .number(test.stepRate),
                "staircase": .bool(test.isStaircase),
            ]
        }
    }
}

extension SequenceCurriculum {
    fileprivate var json: JSONValue {
        let growth: JSONValue =
            switch schedule {
            case .root(let degree, let steps, let increment):
                ["degree": .number(degree), "total_steps": .integer(steps), "increment": .integer(increment)]
            case .discrete(let lengths, let steps):
                ["lengths": .array(lengths.map(JSONValue.integer)), "last_steps": .array(steps.map(JSONValue.integer))]
            }
        return ["minimum": .integer(minimum), "maximum": .integer(maximum), "growth": growth]
    }
}

extension LearningRateSchedule.OneCycle {
    fileprivate var json: JSONValue {
        let momentum = momentum.map { momentum -> JSONValue in
            [
                "lowest": .number(momentum.lowest), "highest": .number(momentum.highest),
                "decay_rate": .number(momentum.decayRate),
            ]
        }
        return [
            "name": "one_cycle", "first_steps": .integer(firstSteps), "second_steps": .integer(secondSteps),
            "decay_rate": .number(decayRate),
            "decay_steps": .integer(decaySteps), "lowest_share": .number(lowestShare),
            "momentum": momentum ?? .null,
        ]
    }
}

extension TrainingOptions.Method {
    fileprivate var json: JSONValue {
        switch self {
        case .adamW(let constants): Self.json("adamw", constants)
        case .adam(let constants): Self.json("adam", constants)
        case .sgd(let momentum, let isNesterov):
            ["name": "sgd", "momentum": .number(decimal: momentum), "nesterov": .bool(isNesterov)]
        case .lamb(let constants):
            .object(
                (Self.json("lamb", constants.adam).object ?? []) + [
                    .init("corrects_bias", .bool(constants.correctsBias)),
                    .init("epsilon_in_root", .bool(constants.hasEpsilonInRoot)),
                    .init("least_trust", .number(decimal: constants.leastTrust)),
                    .init("largest_trust", .number(decimal: constants.largestTrust)),
                ])
        case .lion(let beta1, let beta2):
            ["name": "lion", "beta1": .number(decimal: beta1), "beta2": .number(decimal: beta2)]
        case .adagrad(let constants):
            [
                "name": "adagrad", "epsilon": .number(decimal: constants.epsilon),
                "rate_decay": .number(decimal: constants.rateDecay),
                "initial_sum": .number(decimal: constants.initialSum),
            ]
        }
    }

    private static func json(_ name: String, _ constants: Adam.Constants) -> JSONValue {
        [
            "name": .string(name), "beta1": .number(decimal: constants.beta1),
            "beta2": .number(decimal: constants.beta2),
            "epsilon": .number(decimal: constants.epsilon),
        ]
    }
}

extension TrainingOptions.EvaluationInterval {
    fileprivate var json: JSONValue {
        switch self {
        case .steps(let count): .integer(count)
        case .epoch: "epoch"
        case .end: "end"
        }
    }
}
