import Foundation
import LatheNN
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheModels

@Suite("Weights that stay in their file")
struct StoredWeightTests {
    @Test(
        "Matrices of an opened model keep the file's type and order", arguments: ["gpt2", "bert-classifier"],
        [DType.float32, .bfloat16, .float16])
    func stored(_ name: String, dtype: DType) throws {
        let place = try TemporaryDirectory()
        try PretrainedFixture(name).model().save(to: place.path("model"), floats: dtype)
        let model = try PretrainedModel(directory: place.path("model"))
        for (path, parameter) in model.network.namedParameters where parameter.shape.count == 2 {
            #expect(parameter.stored.dtype == dtype, "\(path)")
            #expect(
                parameter.stored.isTransposed == (name == "gpt2" && path.contains(".h.") && path.hasSuffix(".weight")),
                "\(path)")
        }
    }

    @Test(
        "A model read in its file computes what one in memory computes", arguments: ["gpt2", "bert-classifier"],
        [DType.float32, .bfloat16, .float16])
    func outputs(_ name: String, dtype: DType) throws {
        let place = try TemporaryDirectory()
        try PretrainedFixture(name).model().save(to: place.path("model"), floats: dtype)
        let inFile = try PretrainedModel(directory: place.path("model")).network,
            inMemory = try PretrainedModel(directory: place.path("model")).network
        for parameter in inMemory.parameters { parameter.value = parameter.detached }
        let ids = Tensor([3, 9, 1, 7, 2, 5, 8] as [Int32], shape: [1, 7])
        func logits(_ network: any Module) throws -> Tensor {
            if let network = network as? GPT2LMHeadModel { return withInference { network(ids) } }
            let classifier = try #require(network as? BertForSequenceClassification)
            return withInference { classifier(ids) }
        }
        let got = try logits(inFile), expected = try logits(inMemory)
        #expect((got - expected).largestMagnitude() <= 1e-5 * (1 + expected.largestMagnitude()))
    }

    @Test("A model is saved over the files that it is read from", arguments: [DType.float32, .bfloat16])
    func savedOverItself(_ floats: DType) throws {
        let place = try TemporaryDirectory()
        try PretrainedFixture("gpt2").model().save(to: place.path("model"))
        let model = try PretrainedModel(directory: place.path("model")),
            before = model.network.parameters.map(\.detached)
        try model.save(to: place.path("model"), floats: floats)
        let after = try PretrainedModel(directory: place.path("model")).network.parameters.map(\.detached)
        #expect(zip(before, after).allSatisfy { $0.cast(to: floats).isIdentical(to: $1.cast(to: floats)) })
    }
}
