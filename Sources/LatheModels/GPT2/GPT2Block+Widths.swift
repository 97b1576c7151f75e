import LatheNN

extension GPT2Block: HeadCounting, ShrinkableBlock {
    public var widths: [SharedWidth] {
        [
            SharedWidth(
                "attention", of: .heads(of: self), from: [.init(queryKeyValue, copies: 3)], to: [attentionOutput]),
            SharedWidth("feed-forward network", of: .values, from: [expansion], to: [projection]),
            SharedWidth(
                "hidden size", of: .fixed, from: [attentionOutput, projection], to: [queryKeyValue, expansion],
                sizes: [attentionNorm.weight.shape[0]]),
        ]
    }
}

extension GPT2LMHeadModel: ShrinkableBlock {
    public var widths: [SharedWidth] {
        [
            SharedWidth("hidden size", of: .fixed, to: [head], sizes: [transformer.configuration.hiddenSize]),
            SharedWidth("vocabulary", of: .fixed, from: [head], sizes: [vocabularySize]),
        ]
    }
}
