import LatheNN

extension BertModel: ShrinkableBlock {
    public var widths: [SharedWidth] {
        [
            SharedWidth(
                "hidden size", of: .fixed, to: [pooler].compactMap { $0 }, sizes: [configuration.encoder.hiddenSize])
        ]
    }
}

extension BertForSequenceClassification: ShrinkableBlock {
    public var widths: [SharedWidth] {
        let hidden = bert.configuration.encoder.hiddenSize,
            labels = SharedWidth("labels", of: .fixed, from: [classifier], sizes: [bert.configuration.labelCount])
        guard let before = transform ?? bert.pooler else {
            return [SharedWidth("hidden size", of: .fixed, to: [classifier], sizes: [hidden]), labels]
        }
        return [
            SharedWidth("hidden size", of: .fixed, to: [before], sizes: [hidden]),
            // Whatever the activation between them, it leaves 0 as 0.
            SharedWidth("classifier", of: .values, from: [before], to: [classifier]),
            labels,
        ]
    }
}

extension BertForMaskedLM: ShrinkableBlock {
    public var widths: [SharedWidth] {
        [
            SharedWidth(
                "hidden size", of: .fixed, from: [transform], to: [transform, decoder],
                sizes: [bert.configuration.encoder.hiddenSize]),
            SharedWidth("vocabulary", of: .fixed, from: [decoder], sizes: [bert.configuration.vocabularySize]),
        ]
    }
}
