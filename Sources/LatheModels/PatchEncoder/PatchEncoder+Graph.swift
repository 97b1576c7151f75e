extension PatchEncoder: GraphDescribable {
    package func describe(in graph: some NetworkGraph) throws {
        let images = graph.imageInput("pixel_values", channels: configuration.channels, size: configuration.imageSize)
        let tiles = graph.patches(
            images, channels: configuration.channels, side: configuration.imageSize / configuration.patchSize,
            patch: configuration.patchSize)
        let tokens = try graph.linear(patches, tiles)
        let positions = graph.embed(self.positions, graph.numbers(Array(0..<self.positions.rows)), rank: 1)
        let embedded = graph.normalize(norm, graph.sum(tokens, positions))
        let hidden = try encoder.describe(
            in: graph, embedded, mask: graph.noMask, activation: configuration.encoder.activation)
        graph.output(
            try graph.linear(classifier, graph.meanOfTokens(hidden)), as: "logits", width: labelCount, perToken: false)
    }
}
