import LatheModels
import LatheNN
import LatheTensor

/// GPT-2 without a cache: the logits of all tokens.
extension GraphBuilder {
    /// - Throws: `ExportError`.
    func add(_ network: GPT2LMHeadModel) throws {
        let transformer = network.transformer, configuration = transformer.configuration
        let ids = input("input_ids", .int64, Self.textAxes), mask = input("attention_mask", .int64, Self.textAxes)
        let positions = range(size(of: ids, axis: 1))
        let visible = causalMask(positions, keyMask(mask))
        let embedded = add("Add", embed(transformer.words, ids, rank: 2), embed(transformer.positions, positions, rank: 1))
        let hidden = try transformer.blocks.reduce(embedded) { hidden, block in
            let context = try attend(block, normalize(block.attentionNorm, hidden), mask: visible)
            let attended = try linear(block.attentionOutput, context, residual: hidden)
            let expanded = try linear(block.expansion, normalize(block.feedForwardNorm, attended), activation: configuration.activation)
            return try linear(block.projection, expanded, residual: attended)
        }
        output(try linear(network.head, normalize(transformer.norm, hidden)), as: "logits", Self.textAxes + [.size(configuration.vocabularySize)])
    }

    private func attend(_ block: GPT2Block, _ input: GraphValue, mask: GraphValue) throws -> GraphValue {
        let joined = try linear(block.queryKeyValue, input), width = block.queryKeyValue.outputs / 3
        return within(block) {
            let parts = add("Split", [joined, constant([width, width, width])], attributes: [.int("axis", -1)], outputCount: 3)
            return attend(query: parts[0], key: parts[1], value: parts[2], heads: block.heads, width: width, mask: mask)
        }
    }

    /// `[batch, 1, tokens, tokens]`: `hidden` where a token would see a later one, `keyMask` elsewhere.
    private func causalMask(_ positions: GraphValue, _ keyMask: GraphValue) -> GraphValue {
        let isLater = add("Less", add("Unsqueeze", positions, constant([1])), add("Unsqueeze", positions, constant([0])))
        return add("Where", isLater, constant(Self.hidden), keyMask)
    }
}
