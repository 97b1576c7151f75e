extension GPT2LMHeadModel: GraphDescribable {
    /// The logits of all tokens, without a cache.
    public func describe(in graph: some NetworkGraph) throws {
        let configuration = transformer.configuration
        let ids = graph.tokenInput("input_ids"), mask = graph.tokenInput("attention_mask")
        let positions = graph.positions(of: ids)
        let visible = graph.causalMask(positions, graph.attentionMask(mask))
        let embedded = graph.sum(
            graph.embed(transformer.words, ids, rank: 2), graph.embed(transformer.positions, positions, rank: 1))
        let hidden = try transformer.blocks.reduce(embedded) { hidden, block in
            let context = try block.attend(in: graph, graph.normalize(block.attentionNorm, hidden), mask: visible)
            let attended = try graph.linear(block.attentionOutput, context, residual: hidden)
            let expanded = try graph.linear(
                block.expansion, graph.normalize(block.feedForwardNorm, attended), activation: configuration.activation)
            return try graph.linear(block.projection, expanded, residual: attended)
        }
        graph.output(
            try graph.linear(head, graph.normalize(transformer.norm, hidden)), as: "logits",
            width: configuration.vocabularySize, perToken: true)
    }
}

extension GPT2Block {
    fileprivate func attend<Graph: NetworkGraph>(in graph: Graph, _ input: Graph.Value, mask: Graph.Value) throws
        -> Graph.Value
    {
        let joined = try graph.linear(queryKeyValue, input), width = queryKeyValue.outputs / 3
        return graph.within(self) {
            let parts = graph.split(joined, into: 3, width: width)
            return graph.attend(query: parts[0], key: parts[1], value: parts[2], heads: heads, width: width, mask: mask)
        }
    }
}
