import LathePacking
import LatheTensor
import LatheTestFiles
import Testing

@testable import LatheModels

@Suite("Models with pruned layers")
struct PrunedShapesTests {
    /// A tiny BERT classifier whose second layer has half the heads and a third of the feed-forward rows.
    private func pruned(_ change: (inout PrunedShapes) -> Void = { _ in }) throws -> ModelConfiguration {
        let encoder = EncoderConfiguration(hiddenSize: 8, layerCount: 2, headCount: 4, intermediateSize: 12)
        var configuration = ModelConfiguration(
            .init(BertFamily.bert, .sequenceClassification),
            BertConfiguration(encoder: encoder, vocabularySize: 20, positionCount: 9, labelCount: 2))
        let layer = "bert.encoder.layer.1."
        for name in ["query", "key", "value"] {
            configuration.pruned.shapes[layer + "attention.self." + name] = [4, 8]
        }
        configuration.pruned.shapes[layer + "attention.output.dense"] = [8, 4]
        configuration.pruned.shapes[layer + "intermediate.dense"] = [4, 8]
        configuration.pruned.shapes[layer + "output.dense"] = [8, 4]
        configuration.pruned.heads[layer + "attention.self"] = 2
        change(&configuration.pruned)
        return configuration
    }

    /// The message of opening a model with this configuration, empty when it opens.
    private func message(_ configuration: ModelConfiguration) throws -> String {
        let network = configuration.makeNetwork()
        do throws(ModelFileError) {
            try configuration.shrink(network, directory: "model")
            return ""
        } catch {
            return error.description
        }
    }

    @Test("A pruned model is saved with its sizes, and opens and computes the same")
    func roundTrip() throws {
        let configuration = try pruned(), place = try TemporaryDirectory()
        let network = withRandomSource(RandomSource(seed: 3)) { configuration.makeNetwork() }
        try configuration.shrink(network, directory: "")
        for parameter in network.parameters {
            parameter.value = .randomNormal(parameter.shape, from: RandomSource(seed: 4))
        }
        let model = PretrainedModel(configuration, network, directory: nil)
        #expect(
            model.network.namedParameters.first { $0.path == "bert.encoder.layer.1.intermediate.dense.weight" }?
                .parameter.shape == [4, 8])
        try model.save(to: place.path("model"))
        let again = try PretrainedModel(directory: place.path("model"))
        #expect(again.configuration.pruned == configuration.pruned)
        let batch = TokenBatch(joining: [[1, 2, 3], [4, 5]])
        let first = try #require(model.network as? BertForSequenceClassification),
            second = try #require(again.network as? BertForSequenceClassification)
        #expect(withInference { first(batch) }.floatArray == withInference { second(batch) }.floatArray)
    }

    @Test(
        "Sizes that do not fit are refused before anything is computed",
        arguments: [
            ("bert.encoder.layer.1.attention.self.key", [2, 8], "attention: sizes [4, 2, 4, 4] should be equal"),
            ("bert.encoder.layer.1.output.dense", [8, 3], "feed-forward network: sizes [4, 3] should be equal"),
            ("bert.encoder.layer.0.intermediate.dense", [12, 7], "hidden size: sizes"),
            ("bert.pooler.dense", [8, 7], "hidden size: sizes [8, 7] should be equal"),
            ("classifier", [1, 8], "labels: sizes [2, 1] should be equal"),
            ("bert.encoder.layer.0.intermediate.dense", [13, 8], "[13, 8] does not fit into [12, 8]"),
            ("bert.encoder.layer.0.intermediate.dense", [12], "[12] does not fit into [12, 8]"),
            ("bert.encoder.layer.2.intermediate.dense", [4, 8], "no layer of the model has this name"),
            ("bert.embeddings.word_embeddings", [4, 8], "no layer of the model has this name"),
        ])
    func misfits(_ path: String, _ shape: [Int], _ expected: String) throws {
        let text = try message(pruned { $0.shapes[path] = shape })
        #expect(text.contains(expected) && text.contains("model/config.json: lathe_pruned."), "\(text)")
    }

    @Test("Heads that do not divide what is left are refused")
    func heads() throws {
        let text = try message(pruned { $0.heads["bert.encoder.layer.1.attention.self"] = 3 })
        #expect(text.contains("attention: 3 heads do not divide a size of 4"), "\(text)")
        #expect(try message(pruned()).isEmpty)
    }
}
