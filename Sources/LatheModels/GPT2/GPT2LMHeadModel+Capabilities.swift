import LatheTensor

extension GPT2Block: TransformerLayer {}

extension GPT2LMHeadModel: LayeredTransformer {
    public var transformerLayers: [any TransformerLayer] { transformer.blocks }
    public var hiddenSize: Int { transformer.configuration.hiddenSize }
    public var tokenTypeCount: Int? { nil }
    public func embedded(_ batch: TokenBatch) -> Tensor { transformer.embedded(batch) }
}
