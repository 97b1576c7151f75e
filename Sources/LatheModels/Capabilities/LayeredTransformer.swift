import LatheNN
import LatheTensor

/// A layer of a transformer.
public protocol TransformerLayer: Module {
    /// `[batch, tokens, hidden]` for the same.
    func callAsFunction(_ hidden: Tensor, layout: TokenLayout) -> Tensor
}

/// A network with a stack of equal layers.
public protocol LayerStack: Module {
    /// The layers, the first one first.
    var transformerLayers: [any TransformerLayer] { get }
}

/// A network whose tokens go through a stack of equal layers.
public protocol LayeredTransformer: LayerStack {
    /// The number of tokens it knows.
    var vocabularySize: Int { get }
    /// The number of token types it tells apart; nil where it ignores them.
    var tokenTypeCount: Int? { get }
    /// The most tokens a text may have.
    var longestSequence: Int { get }
    /// What the first layer gets, `[batch, tokens, hidden]`.
    func embedded(_ batch: TokenBatch) -> Tensor
}

extension PatchEncoder: LayerStack {
    public var transformerLayers: [any TransformerLayer] { encoder.layers }
}

extension EncoderLayer: TransformerLayer {}
extension GPT2Block: TransformerLayer {}

extension BertModel: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { encoder.layers }
    public var vocabularySize: Int { configuration.vocabularySize }
    public var tokenTypeCount: Int? { configuration.family.hasTokenTypes ? configuration.tokenTypeCount : nil }
    public var longestSequence: Int { configuration.longestSequence }
    public func embedded(_ batch: TokenBatch) -> Tensor { embeddings(batch) }
}

extension BertForSequenceClassification: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { bert.transformerLayers }
    public func embedded(_ batch: TokenBatch) -> Tensor { bert.embedded(batch) }
}

extension BertForMaskedLM: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { bert.transformerLayers }
    public var vocabularySize: Int { bert.vocabularySize }
    public var tokenTypeCount: Int? { bert.tokenTypeCount }
    public var longestSequence: Int { bert.longestSequence }
    public func embedded(_ batch: TokenBatch) -> Tensor { bert.embedded(batch) }
}

extension GPT2LMHeadModel: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { transformer.blocks }
    public var tokenTypeCount: Int? { nil }
    public func embedded(_ batch: TokenBatch) -> Tensor { transformer.embedded(batch) }
}
