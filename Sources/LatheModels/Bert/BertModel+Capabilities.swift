import LatheNN
import LatheTensor

extension EncoderLayer: TransformerLayer {}

extension BertModel: TextEncoder {
    public var transformerLayers: [any TransformerLayer] { encoder.layers }
    public var hiddenSize: Int { configuration.encoder.hiddenSize }
    public var vocabularySize: Int { configuration.vocabularySize }
    public var tokenTypeCount: Int? { configuration.family.hasTokenTypes ? configuration.tokenTypeCount : nil }
    public var longestSequence: Int { configuration.longestSequence }
    public func embedded(_ batch: TokenBatch) -> Tensor { embeddings(batch) }
    public func hiddenStates(_ batch: TokenBatch) -> Tensor { self(batch).hidden }
}

extension BertForSequenceClassification: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { bert.transformerLayers }
    public var hiddenSize: Int { bert.hiddenSize }
    public func embedded(_ batch: TokenBatch) -> Tensor { bert.embedded(batch) }
}

extension BertForMaskedLM: MaskedLanguageModel {
    public var transformerLayers: [any TransformerLayer] { bert.transformerLayers }
    public var hiddenSize: Int { bert.hiddenSize }
    public var vocabularySize: Int { bert.vocabularySize }
    public var tokenTypeCount: Int? { bert.tokenTypeCount }
    public var longestSequence: Int { bert.longestSequence }
    public var tokenEmbedding: Embedding { bert.embeddings.words }
    public func embedded(_ batch: TokenBatch) -> Tensor { bert.embedded(batch) }
}
