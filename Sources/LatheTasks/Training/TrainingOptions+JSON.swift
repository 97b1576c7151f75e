import LatheModels
import LatheNN
import LatheTensor

extension TrainingOptions {
    /// All options that decide the result or the log, as the log's first line and a checkpoint hold them.
    public var json: JSONValue {
        .object(
            [
                durationMember,
                .init("batch_size", .integer(batchSize)),
                .init("accumulation", .integer(accumulation)),
                .init("learning_rate", .number(decimal: learningRate)),
                .init("schedule", course.json),
                warmUpMember,
                .init("warmup_rise", .string(rise.rawValue)),
                .init("lowest_learning_rate", .number(decimal: lowestRate)),
                .init("weight_decay", .number(decimal: weightDecay)),
                .init("optimizer", method.json),
                .init("gradient_clip", gradientClip.map(JSONValue.number(decimal:)) ?? .null),
                .init("precision", .string(precision.rawValue)),
                .init("seed", Int(exactly: seed).map(JSONValue.integer) ?? .string(String(seed))),
                .init("evaluations", evaluations.json),
                .init("first_best_step", .integer(firstBestStep)),
                .init("log_interval", .integer(logInterval)),
            ])
    }

    private var durationMember: JSONValue.Member {
        switch duration {
        case .epochs(let count): .init("epochs", .integer(count))
        case .steps(let count): .init("steps", .integer(count))
        }
    }

    private var warmUpMember: JSONValue.Member {
        switch warmUp {
        case .steps(let count): .init("warmup_steps", .integer(count))
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
        }
    }
}

extension TrainingOptions.Method {
    fileprivate var json: JSONValue {
        switch self {
        case .adamW(let constants): Self.json("adamw", constants)
        case .adam(let constants): Self.json("adam", constants)
        case .sgd(let momentum, let isNesterov): ["name": "sgd", "momentum": .number(decimal: momentum), "nesterov": .bool(isNesterov)]
        }
    }

    private static func json(_ name: String, _ constants: AdamConstants) -> JSONValue {
        [
            "name": .string(name), "beta1": .number(decimal: constants.beta1), "beta2": .number(decimal: constants.beta2),
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
