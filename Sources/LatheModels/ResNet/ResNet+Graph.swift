extension ResNet: GraphDescribable {
    public func describe(in graph: some NetworkGraph) throws {
        let features = try describePooledFeatures(in: graph)
        graph.output(try graph.linear(classifier, features), as: "logits", width: labelCount, perToken: false)
    }

    /// Adds all operations before the classifier.
    @discardableResult
    func describePooledFeatures<Graph: NetworkGraph>(in graph: Graph) throws -> Graph.Value {
        let images = graph.imageInput("pixel_values", channels: imageChannels, size: nil)
        var first = try graph.convolve(stem, images, norm: stemNorm, activation: .relu)
        if configuration.stem == .largeImages { first = graph.maxPool(first, size: 3, stride: 2, padding: 1) }
        let features = try (stage1 + stage2 + stage3 + stage4).reduce(first) { try $1.describe(in: graph, $0) }
        return graph.globalAveragePool(features)
    }
}

extension ResidualBlock {
    fileprivate func describe<Graph: NetworkGraph>(in graph: Graph, _ input: Graph.Value) throws -> Graph.Value {
        let around = try shortcut.map { try graph.convolve($0, input, norm: shortcutNorm) } ?? input
        var inner = try graph.convolve(convolution1, input, norm: norm1, activation: .relu)
        if let convolution3 {
            inner = try graph.convolve(convolution2, inner, norm: norm2, activation: .relu)
            inner = try graph.convolve(convolution3, inner, norm: norm3)
        } else {
            inner = try graph.convolve(convolution2, inner, norm: norm2)
        }
        return graph.within(self) { graph.activate(graph.sum(inner, around), .relu) }
    }
}
