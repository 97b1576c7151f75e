import Foundation
import LatheModels
import LatheNN
import LatheTensor
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheExport

@Suite("Models as ONNX")
struct ONNXModelTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func bert() throws -> PretrainedModel {
        try PretrainedModel(directory: models.bert("bert", labels: ["bad", "good"]))
    }

    /// A new encoder of another family.
    private func encoder(_ family: BertFamily) -> PretrainedModel {
        let encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 24)
        let sizes = BertConfiguration(family: family, encoder: encoder, vocabularySize: 20, positionCount: 24)
        return PretrainedModel(ModelConfiguration(.init(family, .base), sizes))
    }

    private func packed(_ directory: String) throws -> PretrainedModel { try PretrainedModel(packing: directory) }

    @Test("A classifier of texts has the inputs and outputs of transformers, of any batch and length")
    func interface() throws {
        let parsed = try ParsedONNX(bert(), in: models.path), text = ["batch_size", "sequence_length"]
        #expect(parsed.model.irVersion == 8 && parsed.model.producerName == "lathe")
        #expect(parsed.model.opsetImport.map(\.version) == [17] && parsed.model.opsetImport.map(\.domain) == [""])
        #expect(parsed.graph.input.map(\.name) == ["input_ids", "attention_mask", "token_type_ids"])
        #expect(parsed.graph.input.map(ParsedONNX.axes) == [text, text, text])
        #expect(parsed.graph.input.allSatisfy { $0.type.tensorType.elemType == 7 })
        #expect(parsed.graph.output.map(\.name) == ["logits"])
        #expect(parsed.graph.output.map(ParsedONNX.axes) == [["batch_size", "2"]])
    }

    @Test("The file has the very bytes in which a protobuf library writes the same message")
    func bytes() throws {
        let path = models.path("model.onnx")
        try ONNXModel(bert()).write(to: path)
        let bytes = try models.bytes("model.onnx"), message = try Onnx_ModelProto(serializedBytes: bytes)
        let again: Data = try message.serializedBytes()
        #expect(again == bytes)
    }

    @Test("Weights of linear layers stand the other way round, all others as in the checkpoint")
    func floats() throws {
        let model = try bert(), parsed = try ParsedONNX(model, in: models.path)
        let network = try #require(model.network as? BertForSequenceClassification)
        let words = try #require(parsed.weight("bert.embeddings.word_embeddings.weight"))
        #expect(words.dims == [Int64(TinyModels.words.count), 16] && words.dataType == 1)
        #expect(words.rawData == network.bert.embeddings.words.table.detached.withUnsafeBytes { Data($0) })
        let dense = try #require(parsed.weight("bert.encoder.layer.1.intermediate.dense.weight_transposed"))
        #expect(dense.dims == [16, 24])
        let weight = try #require(network.bert.encoder.layers[1].intermediate.weight.parameter)
        #expect(dense.rawData == weight.detached.transposed().withUnsafeBytes { Data($0) })
        #expect(parsed.weight("classifier.bias")?.dims == [2])
    }

    @Test(
        "Every value is there before it is read, every weight is used, in every kind of network",
        .tags(.slow), .unlessQuick,
        arguments: ONNXModel.Weights.allCases)
    func wellFormed(weights: ONNXModel.Weights) throws {
        let directories = try [
            models.bert("bert"), models.encoder("encoder"), models.gpt2("gpt2"),
            models.digits("digits", hasBatchNorm: true), models.digits("plain", hasBatchNorm: false),
            models.images("patches", .patchEncoder, labels: ["a", "b"]),
            models.images("large", .resNet(depth: 50), labels: ["a", "b"], imageChannels: 3),
        ]
        for directory in directories {
            let model = try weights != .float32 ? packed(directory) : PretrainedModel(directory: directory)
            #expect(try ParsedONNX(model, weights, in: models.path).problems == [], "\(directory)")
        }
    }

    @Test("RoBERTa and DistilBERT take no token types", arguments: [BertFamily.roberta, .distilBert])
    func families(family: BertFamily) throws {
        let parsed = try ParsedONNX(encoder(family), in: models.path)
        #expect(parsed.graph.input.map(\.name) == ["input_ids", "attention_mask"])
        #expect(parsed.graph.output.map(\.name) == ["last_hidden_state"])
        #expect(parsed.count("CumSum") == (family == .roberta ? 1 : 0))
        #expect(parsed.problems == [])
    }

    @Test("A language model shares its table with its head")
    func sharedTable() throws {
        let parsed = try ParsedONNX(PretrainedModel(directory: models.gpt2("gpt2")), in: models.path)
        #expect(parsed.graph.initializer.count { $0.dims.contains(Int64(TinyModels.byteTokenCount)) } == 1)
        #expect(
            parsed.graph.output.map(ParsedONNX.axes) == [
                ["batch_size", "sequence_length", String(TinyModels.byteTokenCount)]
            ])
    }

    // MARK: Large models

    @Test("Weights beyond the limit lie in a file beside the model, which says where")
    func outside() throws {
        let model = try bert(), path = models.path("large.onnx")
        let files = try ONNXModel(model).write(to: path, mostBytesInside: 1000)
        #expect(files.map(\.path) == [path, path + ".data"])
        let data = try models.bytes("large.onnx.data"), parsed = try ParsedONNX(path)
        #expect(files.map(\.byteCount) == [try models.bytes("large.onnx").count, data.count])
        let whole = try ParsedONNX(model, in: models.path)
        var outside = 0
        for (weight, inside) in zip(parsed.graph.initializer, whole.graph.initializer)
        where weight.dataLocation == .external {
            outside += 1
            let entries = Dictionary(uniqueKeysWithValues: weight.externalData.map { ($0.key, $0.value) })
            let (offset, length) = (
                try #require(entries["offset"].flatMap(Int.init)), try #require(entries["length"].flatMap(Int.init))
            )
            #expect(entries["location"] == "large.onnx.data" && offset % 4096 == 0)
            #expect(data[offset..<offset + length] == inside.rawData && weight.name == inside.name)
        }
        #expect(outside > 10)
    }
}

/// A transform that no other tool has.
private final class Doubling: ActivationTransform {
    var isActive = true

    func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput { LinearInput(input.tensor * 2) }
}
