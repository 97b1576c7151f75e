import LatheModels

/// The first lines of a starting config: what it does, and the commands that come next.
struct StarterGuide {
    let starter: StarterConfig
    let network: StarterNetwork
    let file: String

    private var goal: StarterGoal { starter.goal }
    private var head: ModelArchitecture.Head { starter.configuration.architecture.head }

    /// Comments, a line each, without a final line break.
    var text: String {
        let lines = [purpose] + notes + ["", "Next:"] + commands.map { "  " + $0 } + ["", "Other tools want JSON without comments: lathe config init --plain."]
        return lines.map { $0.isEmpty ? "//" : "// " + $0.replacing("\n", with: " ") }.joined(separator: "\n")
    }

    private var purpose: String {
        let name = starter.configuration.architecture.className, isAnyModel = starter.model == nil && starter.preset == nil
        return "\(goal.rawValue): \(name), \(starter.summary)\(goal.needsTraining ? ", learned from the float model" : "")."
            + (isAnyModel ? " It fits BERT-base; --model names another." : "")
    }

    /// What the network makes of the goal.
    private var notes: [String] {
        var notes: [String] = []
        if !network.readsImages, goal.needsTraining, head == .base || head == .maskedLanguageModel {
            notes.append("It has no head to learn a task with: let lathe train give it one, and make this config for what comes out.")
        }
        return notes
    }

    private var commands: [String] {
        let name = starter.model ?? "DIR", plan = "lathe plan --model \(starter.model ?? starter.preset ?? "DIR") --config \(file)"
        let output = "--out \(goal.rawValue)", floats = storesHalves ? " --floats float16" : ""
        let compress = "lathe compress --model \(name) --config \(file)\(teaching)\(floats) \(data) \(output)"
        let scales = goal == .int4 ? " --scales search" : "", quantize = "lathe quantize --model \(name) --config \(file)\(scales)\(floats) \(output)"
        if goal.needsTraining { return [plan, compress] }
        return goal == .int8 ? [plan, quantize] : [plan, quantize, compress + "    if that loses too much"]
    }

    /// Whether what is not quantised should take 16 bits: where it would be most of the file.
    private var storesHalves: Bool { goal == .oneBit }

    private var teaching: String { network.channels.isEmpty ? " --distill one_stage" : "" }

    private var data: String {
        switch head {
        case .languageModel: "--task lm --train train.txt --dev dev.txt"
        case .imageClassification: "--task TASK --train FILES --dev FILES"
        case .base, .sequenceClassification, .maskedLanguageModel: "--task TASK --train train.tsv --dev dev.tsv"
        }
    }
}
