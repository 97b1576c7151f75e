import LatheNN
import Testing

@Suite("Parameter groups")
struct ParameterGroupTests {
    @Test("the standard groups spare biases and normalisation from decay")
    func standard() {
        let network = ToyEncoder(vocabulary: 5, tokens: 3, width: 4, heads: 2, classes: 2)
        let groups = ParameterGroup.standard(network, weightDecay: 0.01)
        #expect(groups.map(\.weightDecay) == [0.01, 0])
        #expect(groups.map(\.learningRateScale) == [1, 1])
        #expect(
            groups[0].parameters.map(\.path) == [
                "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
                "attention.self.query.weight",
                "attention.self.key.weight", "attention.self.value.weight", "attention.output.dense.weight",
                "intermediate.dense.weight",
                "output.dense.weight", "classifier.weight",
            ])
        #expect(groups[1].parameters.count == network.parameters.count - 9)
        #expect(groups[1].parameters.allSatisfy { $0.path.hasSuffix("bias") || $0.path.hasSuffix("LayerNorm.weight") })
    }

    @Test("a tied parameter is listed once, at its first path")
    func tied() {
        let groups = ParameterGroup.standard(ToyTied(), weightDecay: 0.01)
        #expect(groups.map { $0.parameters.map(\.path) } == [["embedding.weight"], ["head.bias"]])
    }

    @Test("a tied parameter is updated once")
    func tiedUpdate() throws {
        let network = seeded { ToyTied() }
        let before = network.embedding.table.detached.floatArray
        let optimizer = SGD(ParameterGroup.standard(network, weightDecay: 0), learningRate: 1)
        network.embedding.table.gradient = .ones([5, 3])
        optimizer.step()
        expectClose(network.embedding.table.detached, before.map { $0 - 1 }, shape: [5, 3])
        #expect(optimizer.namedParameters.count == 2)
        optimizer.clearGradients()
        #expect(network.embedding.table.gradient == nil)
    }
}
