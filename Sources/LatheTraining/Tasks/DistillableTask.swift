import LatheModels
import LatheTensor

/// What the outputs of a network stand for.
public enum OutputKind: Sendable, Hashable {
    /// Logits of classes, `[sequences, classes]`.
    case classes
    /// Logits of labels, each of which holds or not by itself, `[sequences, labels]`.
    case labels
    /// A number for each sequence, `[sequences, 1]`.
    case number
    /// Logits of the next token, `[batch, tokens, vocabulary]`.
    case tokens
}

/// A task whose network can learn from the outputs of another one as well as from labels.
public protocol DistillableTask<Model>: TrainingTask where Model: ObservableTransformer {
    /// What the network's outputs stand for.
    var outputKind: OutputKind { get }
    /// The most tokens that a text has; nil where nothing limits what a network reads.
    var longestExample: Int? { get }
    /// What the network reads of the named examples, varied at random where the task does so.
    func batch(_ examples: [Int], _ random: inout SplitMix64) -> Model.Input
    /// The mean loss of the outputs for the named examples, a number.
    func loss(of logits: Tensor, on examples: [Int]) -> Tensor
    /// Makes sure that `network` can read what is trained on.
    /// - Throws: `TaskError`.
    func check(for network: any ObservableTransformer) throws(TaskError)
}

extension DistillableTask {
    public func loss(of model: Model, on examples: [Int], random: inout SplitMix64) -> Tensor {
        loss(of: model(batch(examples, &random), capturing: []).logits, on: examples)
    }
}
