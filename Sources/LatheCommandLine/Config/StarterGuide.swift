import LatheModels
import LatheWorkflows

/// The first lines of a starting config: what it does, and the commands that come next.
struct StarterGuide {
    let starter: StarterConfig
    /// The name of the config in commands.
    let file: String
    /// The directory of the model, whose record names the task and the files of commands; `nil` if there is none yet.
    let directory: String?

    private var goal: StarterGoal { starter.goal }
    private var head: ModelHead { starter.configuration.architecture.head }

    /// Comments, a line each, without a final line break.
    var text: String {
        let lines =
            [purpose] + notes + ["", "Next:"] + commands.map { "  " + $0 } + [
                "", "Other tools want JSON without comments: lathe config init --plain.",
            ]
        return lines.map { $0.isEmpty ? "//" : "// " + $0.replacing("\n", with: " ") }.joined(separator: "\n")
    }

    private var purpose: String {
        let name = starter.configuration.architecture.className,
            isAnyModel = starter.model == nil && starter.preset == nil
        return
            "\(goal.rawValue): \(name), \(starter.summary)\(goal.needsTraining ? ", learned from the float model" : "")."
            + (isAnyModel ? " It fits BERT-base; --model names another." : "")
    }

    /// Remarks on the goal for this network.
    private var notes: [String] {
        var notes: [String] = []
        if !starter.readsImages, goal.needsTraining, head == .base || head == .maskedLanguageModel {
            notes.append(
                "It has no head to learn a task with: let lathe train give it one, and make this config for what comes out."
            )
        }
        return notes
    }

    private var commands: [String] {
        let name = starter.model ?? "DIR",
            plan = "lathe plan --model \(starter.model ?? starter.preset ?? "DIR") --config \(file)"
        let options = starter.options, output = "--out \(goal.rawValue)",
            floats = options.floats == .float32 ? "" : " --floats \(options.floats.rawValue)"
        let teaching = options.distills ? " --distill one_stage" : "",
            data = TrainingArguments.text(learnedBy: directory, head: head)
        let compress = "lathe compress --model \(name) --config \(file)\(teaching)\(floats) \(data) \(output)"
        let scales = options.searchesScales ? " --scales search" : ""
        let quantize = "lathe quantize --model \(name) --config \(file)\(scales)\(floats) \(output)"
        if goal.needsTraining { return [plan, compress] }
        return goal == .int8 ? [plan, quantize] : [plan, quantize, compress + "    if that loses too much"]
    }
}

extension StarterConfig {
    /// The config with comments and, at its beginning, the commands that come next; without comments for other tools.
    /// - Parameters:
    ///   - file: the name of the config in commands.
    ///   - directory: the directory of the model, whose record names the task and the files of commands; `nil` if there
    ///     is none yet.
    func text(file: String, directory: String? = nil, hasComments: Bool = true) -> String {
        hasComments
            ? StarterGuide(starter: self, file: file, directory: directory).text + "\n" + text()
            : text(hasComments: false)
    }
}
