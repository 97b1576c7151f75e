import LatheTensor
import LatheTestModels
import Testing

@testable import LatheModels

@Suite("Ways in which a model is saved")
struct CheckpointVariantTests {
    @Test(
        "Shards, pickles and old names hold the same model",
        arguments: [
            "bert-classifier-sharded", "bert-classifier-bin", "bert-classifier-bin-sharded",
            "bert-classifier-old-names",
        ])
    func sameWeights(_ name: String) throws {
        let reference = try PretrainedFixture("bert-classifier").model(), other = try PretrainedFixture(name).model()
        #expect(other.freshParameters.isEmpty)
        for (left, right) in zip(reference.network.namedParameters, other.network.namedParameters) {
            #expect(left.path == right.path)
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray, "\(left.path)")
        }
    }

    @Test(
        "Half precision is read as what it stands for", arguments: ["bert-classifier-half", "bert-classifier-bfloat16"])
    func halfPrecision(_ name: String) throws {
        let fixture = try PretrainedFixture(name), expected = try fixture.expected(),
            batch = try RecordedBatch(expected)
        let model = try #require(try fixture.model().network as? BertForSequenceClassification)
        #expect(try relativeError(withInference { model(batch.padded) }, expected.tensor("logits")) <= 1e-5)
    }

    @Test("GPT-2's body without its prefix is the whole model, since the head is tied")
    func bareBody() throws {
        let reference = try PretrainedFixture("gpt2").model(), bare = try PretrainedFixture("gpt2-bare").model()
        for (left, right) in zip(reference.network.namedParameters, bare.network.namedParameters) {
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray, "\(left.path)")
        }
    }

    @Test("A body without prefix gets a fresh head for a new task, and is refused as it is")
    func freshHead() throws {
        let fixture = try PretrainedFixture("bert-classifier-no-prefix"),
            reference = try PretrainedFixture("bert-classifier").model()
        let model = try PretrainedModel(directory: fixture.directory, for: .classifyingTexts(labels: ["no", "yes"]))
        #expect(model.freshParameters == ["classifier.weight", "classifier.bias"])
        #expect(model.configuration.labels == ["no", "yes"])
        let body = try #require(model.network as? BertForSequenceClassification)
        let original = try #require(reference.network as? BertForSequenceClassification)
        #expect(body.classifier.outputs == 2)
        for (left, right) in zip(body.bert.namedParameters, original.bert.namedParameters) {
            #expect(left.parameter.detached.floatArray == right.parameter.detached.floatArray, "\(left.path)")
        }
    }

    @Test("A classifier for other labels begins anew, one for as many is kept")
    func otherLabels() throws {
        let directory = try PretrainedFixture("bert-classifier").directory
        #expect(
            try PretrainedModel(directory: directory, for: .classifyingTexts(labels: ["a", "b", "c"])).freshParameters
                .isEmpty)
        #expect(
            try PretrainedModel(directory: directory, for: .classifyingTexts(labels: ["a", "b"])).freshParameters == [
                "classifier.weight", "classifier.bias",
            ])
    }

    @Test("The heads of another task stay unread, and are told")
    func unusedHeads() throws {
        let model = try PretrainedFixture("bert-pretraining").model()
        #expect(model.network is BertForMaskedLM)
        #expect(model.unusedTensors.contains("cls.seq_relationship.weight"))
        #expect(model.unusedTensors.contains("bert.pooler.dense.weight"))
    }
}
