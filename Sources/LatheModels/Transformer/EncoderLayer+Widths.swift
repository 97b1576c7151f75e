import LatheNN

extension EncoderLayer: ShrinkableBlock {
    public var widths: [SharedWidth] {
        let queryKeyValue = [attention.query, attention.key, attention.value]
        return [
            SharedWidth("attention", of: .heads(of: attention), from: queryKeyValue, to: [attentionOutput]),
            SharedWidth("feed-forward network", of: .values, from: [intermediate], to: [output]),
            SharedWidth(
                "hidden size", of: .fixed, from: [attentionOutput, output], to: queryKeyValue + [intermediate],
                sizes: [attentionNorm.weight.shape[0]]),
        ]
    }
}
