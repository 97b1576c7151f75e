import LatheNN
import LatheTensor

/// GPT-2 as a language model. Names as in Hugging Face's `GPT2LMHeadModel`.
public final class GPT2LMHeadModel: Module, LanguageModel {
    @Child("transformer") public var transformer: GPT2Model
    /// `[vocabulary, hidden]`, without bias.
    @Child("lm_head") public var head: Linear

    /// A model with random weights; the projections that feed the residual stream begin smaller by √(2 · layers), as
    /// GPT-2's do.
    public init(_ configuration: GPT2Configuration) {
        transformer = GPT2Model(configuration)
        head = Linear(inputs: configuration.hiddenSize, outputs: configuration.vocabularySize, hasBias: false)
        initialize(.normal(deviation: configuration.initializerRange))
        let residual = Initializer.normal(
            deviation: configuration.initializerRange / Float(2 * configuration.layerCount).squareRoot())
        for block in transformer.blocks {
            for layer in [block.attentionOutput, block.projection] {
                layer.weight = .dense(Parameter(residual.tensor([layer.outputs, layer.inputs])))
            }
        }
        if configuration.tiesEmbeddings { head.weight = .dense(transformer.words.table) }
    }

    public var vocabularySize: Int { transformer.configuration.vocabularySize }
    public var longestSequence: Int { transformer.configuration.positionCount }

    /// Logits `[batch, tokens, vocabulary]`.
    public func callAsFunction(_ batch: TokenBatch) -> Tensor { head(transformer(batch).hidden) }

    /// Logits `[batch, tokens, vocabulary]`, and what the layers computed on the way.
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let output = transformer(batch, capturing: wanted)
        return (head(output.hidden), output)
    }

    /// As above, for ids `[batch, tokens]` and so on; see `TokenBatch`.
    public func callAsFunction(_ ids: Tensor, keyMask: Tensor? = nil) -> Tensor {
        self(TokenBatch(ids, keyMask: keyMask))
    }

    public func makeCache(capacity: Int) -> [KeyValueCache] {
        transformer.blocks.map { KeyValueCache(capacity: capacity, width: $0.attentionOutput.inputs) }
    }

    public func callAsFunction(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor {
        head(transformer(ids, continuing: cache)).reshaped([ids.count, vocabularySize])
    }

    /// As above, but only the last token's logits, `[vocabulary]`.
    public func lastLogits(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor {
        head(transformer(ids, continuing: cache).selected(ids.count - 1, axis: 1)).reshaped([vocabularySize])
    }
}
