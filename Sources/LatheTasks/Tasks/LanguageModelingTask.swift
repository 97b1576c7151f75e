import LatheModels
import LatheNN
import LatheTensor

/// Training a language model on text that is cut into blocks of equal length.
public struct LanguageModelingTask<Model: LanguageModel>: TrainingTask {
    public let train: TokenStream
    /// What is held back, if anything.
    public let dev: TokenStream?
    /// Tokens in a block.
    public let blockLength: Int
    public let identity: String

    /// - Parameter identity: what tells the data from others, for resuming.
    /// - Throws: `TaskError` when model and data do not fit.
    public init(for model: Model, train: TokenStream, dev: TokenStream?, blockLength: Int, identity: String) throws(TaskError) {
        _ = try SequenceLength.of(blockLength, limit: model.longestSequence)
        try train.check(for: model)
        try dev?.check(for: model)
        self.train = train
        self.dev = dev
        self.blockLength = blockLength
        self.identity = identity
    }

    /// Whole blocks; a text shorter than one is a single, shorter one. What remains at the end is left out.
    public var exampleCount: Int { max(1, train.tokens.count / blockLength) }

    /// The mean cross-entropy of every token of the blocks but their first ones.
    public func loss(of model: Model, on examples: [Int], random: inout SplitMix64) -> Tensor {
        let length = min(blockLength, train.tokens.count)
        var ids: [Int32] = [], labels: [Int32] = []
        for example in examples {
            let block = train.tokens[example * length..<(example + 1) * length]
            ids += block
            labels += block.dropFirst() + [LanguageModelEvaluation.unscored]
        }
        let shape = [examples.count, length]
        return model(TokenBatch(Tensor(ids, shape: shape))).crossEntropy(Tensor(labels, shape: shape))
    }

    public func evaluate(_ model: Model) -> Evaluation? {
        dev.map { LanguageModelEvaluation.perplexity(of: model, on: $0, length: blockLength, stride: blockLength) }
    }
}
