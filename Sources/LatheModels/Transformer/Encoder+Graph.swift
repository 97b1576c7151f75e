import LatheTensor

extension Encoder {
    /// The layers on `[batch, tokens, hidden]`.
    /// - Parameter mask: see `NetworkGraph.attend`.
    func describe<Graph: NetworkGraph>(in graph: Graph, _ input: Graph.Value, mask: Graph.Value, activation: Activation)
        throws -> Graph.Value
    {
        try layers.reduce(input) { hidden, layer in
            let attention = layer.attention
            let (query, key, value) = try (
                graph.linear(attention.query, hidden), graph.linear(attention.key, hidden),
                graph.linear(attention.value, hidden)
            )
            let context = graph.within(attention) {
                graph.attend(
                    query: query, key: key, value: value, heads: attention.heads, width: attention.value.outputs,
                    mask: mask)
            }
            let attended = graph.normalize(
                layer.attentionNorm, try graph.linear(layer.attentionOutput, context, residual: hidden))
            let expanded = try graph.linear(layer.intermediate, attended, activation: activation)
            return graph.normalize(layer.outputNorm, try graph.linear(layer.output, expanded, residual: attended))
        }
    }
}
