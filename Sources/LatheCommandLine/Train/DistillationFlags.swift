import ArgumentParser
import LatheCompression
import LatheTraining

/// How to learn from a teacher.
struct DistillationFlags: ParsableArguments {
    @Option(
        name: [.customLong("kd-class"), .customLong("kd-beta")],
        help:
            "What the loss on the teacher's outputs counts; of a language model, the divergence of the next token's distribution. (default: 1)"
    )
    var classWeight: Float?

    @Option(
        name: .customLong("kd-attention"),
        help: "What the loss on the teacher's attention scores counts; 0 does without. (default: 1; 0 for lm)")
    var attentionWeight: Float?

    @Option(
        name: .customLong("kd-hidden"),
        help: "What the loss on the teacher's hidden states counts; 0 does without. (default: 1; 0 for lm)")
    var hiddenWeight: Float?

    @Option(
        name: .customLong("kd-labels"),
        help: "What the loss on the labels counts beside the teacher. (default: 0; 1 for lm)")
    var labelWeight: Float?

    @Option(name: .customLong("kd-temperature"), help: "What logits are divided by before the softmax. (default: 1)")
    var temperature: Float?

    @Option(
        name: .customLong("kd-stop"),
        help: "The share of the steps after which labels alone teach; 1 for never. (default: 1)")
    var stopShare: Double?

    private var weights: [(option: String, value: Float?)] {
        [
            ("--kd-class", classWeight), ("--kd-attention", attentionWeight), ("--kd-hidden", hiddenWeight),
            ("--kd-labels", labelWeight),
        ]
    }

    /// An option that was given; nil where none was.
    var firstGiven: String? {
        if let weight = weights.first(where: { $0.value != nil }) { return weight.option }
        return temperature != nil ? "--kd-temperature" : stopShare != nil ? "--kd-stop" : nil
    }

    func validate() throws {
        for case (let option, let value?) in weights where !(value >= 0 && value.isFinite) {
            throw ValidationError("\(option) takes a number of at least 0, got \(value).")
        }
        if let temperature, !(temperature > 0 && temperature.isFinite) {
            throw ValidationError("--kd-temperature takes a number above 0, got \(temperature).")
        }
        if let stopShare, !(stopShare >= 0 && stopShare <= 1) {
            throw ValidationError("--kd-stop takes a share from 0 to 1, got \(stopShare).")
        }
    }

    /// The options for `task`, whose defaults differ.
    func options(for task: TaskName) -> DistillationOptions {
        var options = task == .languageModeling ? DistillationOptions.languageModel : DistillationOptions()
        if let classWeight { options.classWeight = classWeight }
        if let attentionWeight { options.attentionWeight = attentionWeight }
        if let hiddenWeight { options.hiddenWeight = hiddenWeight }
        if let labelWeight { options.labelWeight = labelWeight }
        if let temperature { options.temperature = temperature }
        if let stopShare { options.stopShare = stopShare }
        return options
    }
}
