import Foundation
import LatheModels
import LatheNN
import LatheRuntime
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheInterchange

@Suite("Models as ONNX")
struct ONNXModelTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func bert() throws -> PretrainedModel { try PretrainedModel(directory: models.bert("bert", labels: ["bad", "good"])) }

    /// A new encoder of another family.
    private func encoder(_ family: BertFamily) -> PretrainedModel {
        let encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 24)
        let sizes = BertConfiguration(family: family, encoder: encoder, vocabularySize: 20, positionCount: 24)
        return PretrainedModel(ModelConfiguration(.init(family == .roberta ? .roberta : .distilbert, .base), .bert(sizes)))
    }

    /// The model with all linear layers, convolutions and tables in 8 bits.
    private func packed(_ directory: String) throws -> PretrainedModel {
        let model = try PretrainedModel(directory: directory)
        model.network.packWeights(.w8a8) { _ in true }
        return model
    }

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

    @Test("Every value is there before it is read, every weight is used, in every kind of network", arguments: [ONNXModel.Weights.float32, .int8])
    func wellFormed(weights: ONNXModel.Weights) throws {
        let directories = try [
            models.bert("bert"), models.encoder("encoder"), models.gpt2("gpt2"),
            models.digits("digits", hasBatchNorm: true), models.digits("plain", hasBatchNorm: false),
            models.images("patches", .patchEncoder, labels: ["a", "b"]), models.images("large", .resNet(depth: 50), labels: ["a", "b"], imageChannels: 3),
        ]
        for directory in directories {
            let model = try weights == .int8 ? packed(directory) : PretrainedModel(directory: directory)
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
        #expect(parsed.graph.output.map(ParsedONNX.axes) == [["batch_size", "sequence_length", String(TinyModels.byteTokenCount)]])
    }

    // MARK: int8

    @Test("Packed layers multiply codes in integers; layers that share an input share its rounding")
    func integers() throws {
        let parsed = try ParsedONNX(packed(models.bert("bert")), .int8, in: models.path)
        // Two layers of six products, the pooler and the classifier; attention multiplies in floats.
        #expect(parsed.count("MatMulInteger") == 14 && parsed.count("MatMul") == 4)
        #expect(parsed.count("ReduceMax") == 2 * 4 + 2)
        #expect(parsed.weight("classifier.weight_quantized")?.dataType == 2)
        #expect(parsed.weight("bert.embeddings.word_embeddings.weight_quantized")?.dataType == 3)
    }

    @Test("Codes and scales give back every value of a packed weight")
    func exactCodes() throws {
        let model = try packed(models.bert("bert")), parsed = try ParsedONNX(model, .int8, in: models.path)
        let network = try #require(model.network as? BertForSequenceClassification), layer = network.bert.encoder.layers[0].output
        guard case .packed(let weight) = layer.weight else { throw TestProblem.notPacked }
        let name = "bert.encoder.layer.0.output.dense.weight"
        let codes = try #require(parsed.weight(name + "_quantized")), scales = try #require(parsed.weight(name + "_scale"))
        #expect(codes.dims == [24, 16] && scales.dims == [16])
        let steps = scales.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let values = codes.rawData.enumerated().map { index, code in Float(Int(code) - 128) * steps[index % 16] }
        #expect(Tensor(values, shape: [24, 16]).transposed().floatArray == weight.unpacked.floatArray)
    }

    @Test("Convolutions of quantised images multiply codes in integers")
    func convolutions() throws {
        let parsed = try ParsedONNX(packed(models.digits("digits", hasBatchNorm: true)), .int8, in: models.path)
        #expect(parsed.count("ConvInteger") == 9 && parsed.count("Conv") == 0)
        #expect(parsed.weight("layer1.0.conv1.weight_quantized")?.dims == [4, 4, 3, 3])
    }

    @Test("As f32, a packed model computes with the same values in floats")
    func unpacked() throws {
        let parsed = try ParsedONNX(packed(models.bert("bert")), in: models.path)
        #expect(parsed.count("MatMulInteger") == 0 && parsed.count("Round") == 2 * 4 + 2)
        #expect(parsed.graph.initializer.allSatisfy { [1, 7].contains($0.dataType) })
    }

    @Test("A model without codes cannot be stored as int8")
    func nothingQuantized() throws {
        let model = try bert()
        #expect(throws: ExportError.nothingQuantized) { try ONNXModel(model, weights: .int8) }
    }

    @Test("Inputs in a range that was never measured, or behind an unknown transform, are refused by the layer's name")
    func wrongInputs() throws {
        let model = try bert(), network = try #require(model.network as? BertForSequenceClassification)
        network.classifier.inputTransforms.append(InputQuantizer(bits: 8, calibration: .running(momentum: 0.9)))
        #expect(throws: ExportError.rangeNotMeasured(layer: "classifier")) { try ONNXModel(model) }
        network.classifier.inputTransforms.removeAll { _ in true }
        network.classifier.inputTransforms.append(Doubling())
        let error = try #require(throws: ExportError.self) { try ONNXModel(model) }
        #expect(error.description.hasPrefix("classifier: its input passes through a Doubling"))
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
        for (weight, inside) in zip(parsed.graph.initializer, whole.graph.initializer) where weight.dataLocation == .external {
            outside += 1
            let entries = Dictionary(uniqueKeysWithValues: weight.externalData.map { ($0.key, $0.value) })
            let (offset, length) = (try #require(entries["offset"].flatMap(Int.init)), try #require(entries["length"].flatMap(Int.init)))
            #expect(entries["location"] == "large.onnx.data" && offset % 4096 == 0)
            #expect(data[offset..<offset + length] == inside.rawData && weight.name == inside.name)
        }
        #expect(outside > 10)
    }
}

private enum TestProblem: Error {
    case notPacked
}

/// A transform that no other tool has.
private final class Doubling: InputTransform {
    var isActive = true

    func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput { LinearInput(input.tensor * 2) }
}
