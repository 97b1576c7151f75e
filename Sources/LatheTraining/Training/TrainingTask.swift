import LatheNN
import LatheTensor

/// What a model is trained to do: examples that are named by number, the loss on them, and how well a model does.
///
/// Everything here is a function of its arguments, so that the same seed gives the same model and a resumed run goes on
/// to the very same numbers.
public protocol TrainingTask<Model> {
    associatedtype Model: Module

    /// What tells this task and its data from others: `sst2 from train.tsv, 67349 examples, 128 tokens`. A run resumes
    /// only with the identity that it began with.
    var identity: String { get }
    /// How many examples there are to train on; they are numbered from 0.
    var exampleCount: Int { get }
    /// What the files hold; `nil` where that is not known.
    var dataSummary: DataSummary? { get }
    /// How long each example is, in tokens. Then batches hold examples of similar length, for little padding; nil
    /// shuffles without regard to length.
    var lengths: [Int]? { get }

    /// The tokens of each example where all have as many; `nil` otherwise.
    var exampleLength: Int? { get }
    /// The task with examples of their first `length` tokens only, and the same evaluation; `nil` where examples are
    /// not of equal length.
    func shortened(to length: Int) -> Self?

    /// The mean loss of the named examples, a single number. It runs as training, in the precision of the options.
    ///
    /// Where a batch is cut into micro-batches, their losses count by their examples.
    /// - Parameters:
    ///   - model: what is trained.
    ///   - examples: their numbers.
    ///   - random: for augmentation; dropout draws from `RandomSource.current` by itself.
    func loss(of model: Model, on examples: [Int], random: inout SplitMix64) throws -> Tensor

    /// How well `model` does on examples that were held back; nil when there are none. It runs as inference, in f32 as
    /// the model is saved.
    func evaluate(_ model: Model) throws -> Evaluation?
}

extension TrainingTask {
    /// Nothing is known of files.
    public var dataSummary: DataSummary? { nil }
    /// Any order.
    public var lengths: [Int]? { nil }
    /// Examples of different length, or without tokens.
    public var exampleLength: Int? { nil }
    /// Examples stay as they are.
    public func shortened(to length: Int) -> Self? { nil }
    /// No examples are held back.
    public func evaluate(_ model: Model) throws -> Evaluation? { nil }
}
