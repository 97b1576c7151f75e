import LatheModels
import LatheNN

/// How a student learns from its teacher.
public struct DistillationOptions: Sendable, Hashable {
    /// What the loss on the logits counts.
    public var classWeight: Float = 1
    /// What the loss on the attention scores counts; 0 does without.
    public var attentionWeight: Float = 1
    /// What the loss on the hidden states counts; 0 does without.
    public var hiddenWeight: Float = 1
    /// What the loss on the labels counts beside the teacher: 0 learns from the teacher alone, as the original does.
    public var labelWeight: Float = 0
    /// What logits are divided by before the softmax.
    public var temperature: Float = 1
    /// Whether the loss on the logits is a mean over the classes too, as the original's. Language models have the
    /// divergence, which is a sum over them.
    package var reduction = ClassReduction.mean
    /// The share of the steps after which the student goes on with the labels alone; 1 for never ("staged", from
    /// DeepSpeed's tutorial).
    public var stopShare: Double = 1

    /// The original's one-stage distillation (XTC, arXiv:2206.01859): logits, attention scores and hidden states count
    /// alike.
    public init() {}

    /// Distilled pre-training of language models: the loss on the labels and the teacher's distributions count alike,
    /// as in Megatron-DeepSpeed's example.
    public static let languageModel: DistillationOptions = {
        var options = DistillationOptions()
        (options.labelWeight, options.attentionWeight, options.hiddenWeight) = (1, 0, 0)
        return options
    }()

    /// What must be computed on the way.
    var capturedOutputs: CapturedOutputs {
        var kept: CapturedOutputs = []
        if attentionWeight != 0 { kept.insert(.attentionScores) }
        if hiddenWeight != 0 { kept.insert(.hiddenStates) }
        return kept
    }
}
