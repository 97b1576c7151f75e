import LatheFiles
import LatheTraining

/// The section `curriculum_learning`: sequences that grow during training.
extension SequenceCurriculum {
    /// Reads the section; `nil` where it is disabled.
    init?(_ fields: JSONFields) {
        guard fields.bool("enabled", default: false) else { return nil }
        _ = fields.value("curriculum_type", "seqlen, the only type that Lathe has", stopgap: "") {
            $0 == "seqlen" ? "seqlen" : nil
        }
        let least = fields.integer("min_difficulty", in: 2...1_000_000),
            most = fields.integer("max_difficulty", in: 2...1_000_000)
        if most < least, fields["max_difficulty"] != nil {
            fields.report("max_difficulty", "expected at least min_difficulty = \(least), got \(most)")
        }
        let kind = fields.choice("schedule_type", ["fixed_linear": 0, "fixed_root": 1, "fixed_discrete": 2]),
            config = fields.object("schedule_config")
        let schedule = kind == 2 ? Self.discrete(config) : Self.root(config, isLinear: kind == 0, least: least)
        self.init(from: least, to: max(least, most), schedule)
        [config, fields].forEach { $0.reportUnreadKeys() }
    }

    private static func root(_ config: JSONFields, isLinear: Bool, least: Int) -> Schedule {
        let increment = config.integer("difficulty_step", in: 1...1_000_000)
        if increment > least {
            config.report(
                "difficulty_step",
                "expected at most min_difficulty = \(least), got \(increment); lengths are rounded down to 0")
        }
        let degree = isLinear ? 1 : config.number("root_degree", in: 1...100)
        return .root(degree: degree, totalSteps: config.steps("total_curriculum_step", from: 1), increment: increment)
    }

    private static func discrete(_ config: JSONFields) -> Schedule {
        let lengths = config.counts("difficulty", "a list of lengths in tokens")
        let steps = config.counts("max_step", "a list of steps, one fewer than difficulty")
        guard lengths.count == steps.count + 1, !steps.isEmpty else {
            if config["difficulty"] != nil, config["max_step"] != nil {
                config.report(
                    "max_step",
                    "expected one step fewer than there are lengths in difficulty (\(lengths.count)), got \(steps.count)"
                )
            }
            return .discrete(lengths: [2], lastSteps: [])
        }
        if let short = lengths.first(where: { $0 < 2 }) {
            config.report("difficulty", "expected lengths of at least 2 tokens, got \(short)")
        }
        return .discrete(lengths: lengths, lastSteps: steps)
    }
}
