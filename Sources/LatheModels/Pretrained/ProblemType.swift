/// The kind of answer that a sequence classifier gives: the field `problem_type` of a `config.json`, as transformers
/// reads it.
public enum ProblemType: String, Sendable, Hashable, CaseIterable {
    /// One class of several: outputs are logits of a softmax.
    case singleLabel = "single_label_classification"
    /// Any number of labels at once: each output is the logit of a label of its own.
    case multiLabel = "multi_label_classification"
    /// A number: the only output is the answer.
    case regression
}
