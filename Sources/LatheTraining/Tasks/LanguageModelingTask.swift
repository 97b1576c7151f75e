import LatheModels
import LatheTensor

/// Training a language model on text that is cut into blocks of equal length.
public struct LanguageModelingTask<Model: LanguageModel>: DistillableTask {
    public let train: TokenStream
    /// What is held back, if anything.
    public let dev: TokenStream?
    /// Tokens in a block.
    public let blockLength: Int
    public let identity: String
    /// The tokens of an example that are trained on; `nil` for all.
    private var trainedLength: Int?

    /// - Parameters:
    ///   - model: what will be trained.
    ///   - train: the tokens to learn from.
    ///   - dev: what is held back, if anything.
    ///   - blockLength: tokens of an example.
    ///   - identity: what tells the data from others, for resuming.
    /// - Throws: `TaskError` when model and data do not fit.
    public init(for model: Model, train: TokenStream, dev: TokenStream?, blockLength: Int, identity: String)
        throws(TaskError)
    {
        _ = try SequenceLength.of(blockLength, limit: model.longestSequence)
        try train.check(for: model)
        try dev?.check(for: model)
        self.train = train
        self.dev = dev
        self.blockLength = blockLength
        self.identity = identity
    }

    /// Whole blocks; a text shorter than one is a single, shorter one. What remains at the end is left out.
    public var exampleCount: Int { max(1, train.count / blockLength) }
    public var outputKind: OutputKind { .tokens }
    public var longestExample: Int? { tokensInBlock }
    private var tokensInBlock: Int { min(blockLength, train.count) }

    public var exampleLength: Int? { tokensInBlock }

    public func shortened(to length: Int) -> Self? {
        var task = self
        task.trainedLength = length
        return task
    }

    private var tokensInExample: Int { min(trainedLength ?? tokensInBlock, tokensInBlock) }

    public func batch(_ examples: [Int], _ random: inout SplitMix64) -> TokenBatch {
        TokenBatch(Tensor(examples.flatMap(block), shape: [examples.count, tokensInExample]))
    }

    /// The mean cross-entropy of every token of the blocks but their first ones.
    public func loss(of logits: Tensor, on examples: [Int]) -> Tensor {
        let labels = examples.flatMap { block($0).dropFirst() + [LanguageModelEvaluation.unscored] }
        return logits.crossEntropy(Tensor(labels, shape: [examples.count, tokensInExample]))
    }

    private func block(_ example: Int) -> [Int32] {
        train[example * tokensInBlock..<example * tokensInBlock + tokensInExample]
    }

    public func check(for network: any ObservableTransformer) throws(TaskError) {
        guard let model = network as? any LanguageModel else {
            throw .wrongModel(
                task: TaskName.languageModeling.name, needs: "a language model", got: "\(type(of: network))")
        }
        try train.check(for: model)
    }

    public func evaluate(_ model: Model) -> Evaluation? {
        dev.map { LanguageModelEvaluation.perplexity(of: model, on: $0, length: blockLength, stride: blockLength) }
    }
}
