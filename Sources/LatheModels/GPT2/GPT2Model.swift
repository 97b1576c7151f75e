import LatheNN
import LatheTensor

/// GPT-2 without its output layer. Names as in Hugging Face's `GPT2Model`.
public final class GPT2Model: Module {
    @Child("wte") public var words: Embedding
    @Child("wpe") public var positions: Embedding
    @Child("h") public var blocks: [GPT2Block]
    @Child("ln_f") public var norm: LayerNorm
    private let dropout: Dropout

    public init(_ configuration: GPT2Configuration) {
        dropout = Dropout(rate: configuration.embeddingDropout)
        words = Embedding(rows: configuration.vocabularySize, width: configuration.hiddenSize)
        positions = Embedding(rows: configuration.positionCount, width: configuration.hiddenSize)
        blocks = (0..<configuration.layerCount).map { _ in GPT2Block(configuration) }
        norm = LayerNorm(width: configuration.hiddenSize, epsilon: configuration.layerNormEpsilon)
    }

    /// The last hidden state `[batch, tokens, hidden]` for int32 ids `[batch, tokens]`.
    public func callAsFunction(_ ids: Tensor, keyMask: Tensor? = nil) -> Tensor {
        let tokens = ids.shape[1]
        precondition(tokens <= positions.rows, "\(tokens) tokens, but the model has \(positions.rows) positions")
        let embedded = dropout(words(ids) + positions(Tensor((0..<Int32(tokens)).map { $0 })))
        return norm(blocks.reduce(embedded) { hidden, block in block(hidden, keyMask: keyMask) })
    }
}

/// GPT-2 as a language model. Names as in Hugging Face's `GPT2LMHeadModel`.
public final class GPT2LMHeadModel: Module {
    @Child("transformer") public var transformer: GPT2Model
    /// `[vocabulary, hidden]`, without bias.
    @Child("lm_head") public var head: Linear

    /// A model with random weights; the projections that feed the residual stream begin smaller by √(2 · layers), as GPT-2's do.
    public init(_ configuration: GPT2Configuration) {
        transformer = GPT2Model(configuration)
        head = Linear(inputs: configuration.hiddenSize, outputs: configuration.vocabularySize, hasBias: false)
        initialize(.normal(deviation: configuration.initializerRange))
        let residual = Initializer.normal(deviation: configuration.initializerRange / Float(2 * configuration.layerCount).squareRoot())
        for block in transformer.blocks {
            for layer in [block.attentionOutput, block.projection] { layer.weight = .dense(Parameter(residual.tensor([layer.outputs, layer.inputs]))) }
        }
        if configuration.tiesEmbeddings { head.weight = .dense(transformer.words.weight) }
    }

    /// Logits `[batch, tokens, vocabulary]` for int32 ids `[batch, tokens]`.
    public func callAsFunction(_ ids: Tensor, keyMask: Tensor? = nil) -> Tensor {
        head(transformer(ids, keyMask: keyMask))
    }
}
