import LatheNN
import LatheRuntime

// What has to fit together where pruning may have changed sizes. A file that says otherwise is refused, before a product of wrong shapes traps.

extension EncoderLayer: InnerSizes {
    public var sizeProblem: String? {
        let hidden = attentionNorm.weight.shape[0], inner = attention.query.outputs
        return SizeCheck.first(
            SizeCheck("attention", inner, attention.key.outputs, attention.value.outputs, attentionOutput.inputs),
            SizeCheck("feed-forward network", intermediate.outputs, output.inputs),
            SizeCheck(
                "hidden size", hidden, attention.query.inputs, attention.key.inputs, attention.value.inputs, attentionOutput.outputs, intermediate.inputs,
                output.outputs)
        ) ?? SizeCheck.heads(attention.heads, inner)
    }
}

extension GPT2Block: HeadCounting, InnerSizes {
    public var sizeProblem: String? {
        let hidden = attentionNorm.weight.shape[0], inner = attentionOutput.inputs
        return SizeCheck.first(
            SizeCheck("attention", 3 * inner, queryKeyValue.outputs), SizeCheck("feed-forward network", expansion.outputs, projection.inputs),
            SizeCheck("hidden size", hidden, queryKeyValue.inputs, attentionOutput.outputs, expansion.inputs, projection.outputs)
        ) ?? SizeCheck.heads(heads, inner)
    }
}

extension BertForSequenceClassification: InnerSizes {
    public var sizeProblem: String? {
        let hidden = bert.configuration.encoder.hiddenSize, before = transform ?? bert.pooler
        return SizeCheck.first(
            SizeCheck("hidden size", hidden, before?.inputs ?? hidden), SizeCheck("classifier", before?.outputs ?? hidden, classifier.inputs),
            SizeCheck("labels", bert.configuration.labelCount, classifier.outputs))
    }
}

extension BertForMaskedLM: InnerSizes {
    public var sizeProblem: String? {
        let hidden = bert.configuration.encoder.hiddenSize
        return SizeCheck.first(SizeCheck("hidden size", hidden, transform.inputs, transform.outputs, decoder.inputs),
            SizeCheck("vocabulary", bert.configuration.vocabularySize, decoder.outputs))
    }
}

extension BertModel: InnerSizes {
    public var sizeProblem: String? {
        SizeCheck.first(SizeCheck("hidden size", configuration.encoder.hiddenSize, pooler?.inputs ?? configuration.encoder.hiddenSize))
    }
}

extension GPT2LMHeadModel: InnerSizes {
    public var sizeProblem: String? {
        SizeCheck.first(
            SizeCheck("hidden size", transformer.configuration.hiddenSize, head.inputs), SizeCheck("vocabulary", vocabularySize, head.outputs))
    }
}

extension PatchEncoder: InnerSizes {
    public var sizeProblem: String? {
        let hidden = configuration.encoder.hiddenSize
        return SizeCheck.first(
            SizeCheck("hidden size", hidden, patches.outputs, classifier.inputs), SizeCheck("labels", configuration.labelCount, classifier.outputs),
            SizeCheck("patch", configuration.channels * configuration.patchSize * configuration.patchSize, patches.inputs))
    }
}

extension ResidualBlock {
    /// Channels that leave the block.
    var outputs: Int { (convolution3 ?? convolution2).outputs }

    /// What does not fit when `channels` channels come in.
    func problem(channels: Int) -> String? {
        let norms = [(norm1, convolution1), (norm2, convolution2), (norm3, convolution3), (shortcutNorm, shortcut)]
        for case (let norm?, let convolution?) in norms {
            if let problem = SizeCheck.first(SizeCheck("normalisation", norm.channels, convolution.outputs)) { return problem }
        }
        return SizeCheck.first(
            SizeCheck("input", channels, convolution1.channels, shortcut?.channels ?? channels),
            SizeCheck("convolutions", convolution1.outputs, convolution2.channels),
            SizeCheck("convolutions", convolution2.outputs, convolution3?.channels ?? convolution2.outputs),
            SizeCheck("residual sum", outputs, shortcut?.outputs ?? channels))
    }
}

extension ResNet: InnerSizes {
    public var sizeProblem: String? {
        var channels = stem.outputs
        if let problem = SizeCheck.first(SizeCheck("stem", channels, stemNorm?.channels ?? channels), SizeCheck("images", configuration.imageChannels, stem.channels)) {
            return problem
        }
        for (index, block) in (stage1 + stage2 + stage3 + stage4).enumerated() {
            if let problem = block.problem(channels: channels) { return "block \(index): \(problem)" }
            channels = block.outputs
        }
        return SizeCheck.first(SizeCheck("classifier", channels, classifier.inputs), SizeCheck("labels", configuration.labelCount, classifier.outputs))
    }
}

/// Sizes that must be equal.
struct SizeCheck {
    let what: String
    let sizes: [Int]

    init(_ what: String, _ sizes: Int...) {
        self.what = what
        self.sizes = sizes
    }

    /// What is wrong with the first check that fails.
    static func first(_ checks: SizeCheck...) -> String? {
        checks.first { Set($0.sizes).count > 1 }.map { "\($0.what): sizes \($0.sizes) should be equal" }
    }

    static func heads(_ heads: Int, _ inner: Int) -> String? {
        inner % heads == 0 ? nil : "attention: \(heads) heads do not divide a size of \(inner)"
    }
}
