extension BertConfiguration: ModelSizes {
    public var smallest: BertConfiguration {
        var sizes = self
        sizes.encoder = encoder.smallest
        (sizes.vocabularySize, sizes.positionCount, sizes.tokenTypeCount, sizes.paddingToken, sizes.labelCount) = (
            1, 2, 1, 0, 1
        )
        return sizes
    }

    public var withoutHead: BertConfiguration {
        var sizes = self
        sizes.hasPooler = false
        return sizes
    }

    public var commonRowCount: Int { encoder.commonRowCount }

    public func parameterCount(head: ModelHead) -> Int {
        let rows =
            vocabularySize + positionCount + (family.hasTokenTypes ? tokenTypeCount : 0)
            + (head.isClassification ? labelCount : 0)
        return rows * encoder.hiddenSize + encoder.parameterCount
    }

    public func with(layerCount: Int) -> BertConfiguration? {
        var sizes = self
        sizes.encoder.layerCount = layerCount
        return sizes
    }

    /// A model without head has a pooler if there are weights for one.
    public func fitted(to tensors: [String], head: ModelHead) -> BertConfiguration {
        var sizes = self
        if head == .base {
            sizes.hasPooler = hasPooler && tensors.contains { $0.hasPrefix("pooler.") || $0.contains(".pooler.") }
        }
        return sizes
    }
}
