import ArgumentParser
import LatheCompression
import LatheModels
import LatheTraining
import LatheWorkflows

/// The compression of a model: a DeepSpeed config, or a goal.
struct ConfigOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A DeepSpeed config with compression_training, - for standard input; lathe config init writes one.",
            valueName: "file"),
        completion: .configs)
    var config: String?

    @Option(
        help:
            "A goal in place of --config: what lathe config init --goal would write, with the options that it recommends."
    )
    var goal: StarterGoal?

    @Option(
        name: .customLong("ignore-section"),
        help: ArgumentHelp(
            "A section of --config to pass over, such as progressive_layer_drop; more than once for several.",
            valueName: "name"))
    var ignoredSections: [String] = []

    func validate() throws {
        if !ignoredSections.isEmpty, config == nil { throw ValidationError("--ignore-section goes with --config.") }
        if config != nil, goal != nil {
            throw ValidationError("--config and --goal exclude each other; give one of them.")
        }
    }

    /// The config or goal that is given; `nil` if neither is.
    var choice: CompressionChoice? {
        config.map { .config($0, ignoring: ignoredSections) } ?? goal.map(CompressionChoice.goal)
    }

    /// The config or goal that is given.
    /// - Throws: `ValidationError` that names the goals, if neither was.
    func required() throws -> CompressionChoice {
        if let choice { return choice }
        throw ValidationError(
            "--goal is missing; choose one:\n\(Self.goals)\nor name a DeepSpeed config with --config.")
    }

    /// The goals, a line each.
    static let goals = StarterGoal.allCases.map { goal in
        "  " + goal.rawValue.padding(to: 11) + goal.summary
    }.joined(separator: "\n")
}

/// A config, or a goal that stands for one.
enum CompressionChoice {
    case config(String, ignoring: [String] = [])
    case goal(StarterGoal)

    /// Opens the config, or makes that of the goal.
    /// - Parameters:
    ///   - model: the model's name in messages.
    ///   - purpose: what a config is read for.
    ///   - configuration: what the config of a goal has to fit; is not called for a config.
    func settings(
        model: String, for purpose: DeepSpeedConfig.Purpose, configuration: () throws -> ModelConfiguration
    ) throws -> CompressionSettings {
        switch self {
        case .config(let file, let ignored):
            return CompressionSettings(
                config: try DeepSpeedConfig(argument: file, for: purpose, ignoring: ignored),
                file: InputFile.name(file), starter: nil)
        case .goal(let goal):
            let starter = try StarterConfig(goal, for: configuration(), model: model),
                file = "the config for \(goal.rawValue)"
            return CompressionSettings(
                config: try DeepSpeedConfig(json: starter.json, file: file), file: file, starter: starter)
        }
    }
}

/// A config with the settings that go with it.
struct CompressionSettings {
    let config: DeepSpeedConfig
    /// Its name in messages.
    let file: String
    /// The config of a goal, with its options; `nil` for a config of the user's own.
    let starter: StarterConfig?
}

extension CompressionChoice {
    /// The `lathe compress` command that trains a model by this choice.
    /// - Parameters:
    ///   - model: a directory, whose record and configuration name task and files, or a name on the hub.
    ///   - task: the task, if it is given; takes the place of a placeholder.
    ///   - output: where the model goes.
    func compressCommand(model: String, task: TaskName? = nil, output: String) -> String {
        let configuration = try? PretrainedModel.configuration(in: model)
        var data = TrainingArguments.text(
            learnedBy: model, head: configuration?.architecture.head ?? .sequenceClassification)
        if let task { data.replace("--task TASK", with: "--task \(task.name)") }
        let how: String
        switch self {
        case .goal(let goal): how = "--goal \(goal.rawValue)"
        case .config(let file, _):
            let distills = configuration.flatMap { try? StarterConfig(.oneBit, for: $0).options.distills } ?? true
            how = "--config \(file)" + (distills ? " --distill one_stage" : "")
        }
        return "lathe compress --model \(model) \(how) \(data) --out \(output)"
    }
}

extension StarterGoal: ExpressibleByArgument {
    /// The result of the goal for any model.
    var summary: String {
        switch self {
        case .int8: "8-bit weights and activations"
        case .int4: "4-bit weights, 8-bit activations"
        case .oneBit: "1-bit weights, 8-bit activations, after training"
        case .halfSize: "half of the layers, or fewer channels of a residual network, after training"
        case .pruned: "half of the heads and feed-forward rows, or fewer channels of a residual network, after training"
        }
    }
}

extension String {
    /// The text with spaces behind it, `width` characters in all.
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
