import Foundation
import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheExport

@Suite("Packed models as ONNX")
struct IntegerONNXTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func bert() throws -> PretrainedModel {
        try PretrainedModel(directory: models.bert("bert", labels: ["bad", "good"]))
    }
    private func packed() throws -> PretrainedModel {
        try PretrainedModel(packing: models.bert("bert", labels: ["bad", "good"]))
    }

    /// The second layer of the feed-forward network of the first layer, and its name in the file.
    private func output(of model: PretrainedModel) throws -> (layer: Linear, name: String) {
        let network = try #require(model.network as? BertForSequenceClassification)
        return (network.bert.encoder.layers[0].output, "bert.encoder.layer.0.output.dense.weight")
    }

    // MARK: Types

    @Test("int8 multiplies unsigned inputs by signed weights; layers that share an input share its rounding")
    func signed() throws {
        let parsed = try ParsedONNX(packed(), .int8, in: models.path)
        // Two layers of six products, the pooler and the classifier; attention multiplies in floats.
        #expect(parsed.count("MatMulInteger") == 14 && parsed.count("MatMul") == 4)
        #expect(parsed.count("ReduceMax") == 2 * 4 + 2 && parsed.count("QuantizeLinear") == 2 * 4 + 2)
        // Rounding is one operation, not several that a runtime would have to fuse.
        #expect(["Round", "Clip", "Div", "DynamicQuantizeLinear"].map(parsed.count) == [0, 0, 2, 0])
        #expect(parsed.weight("classifier.weight_quantized")?.dataType == 3)
        #expect(parsed.weight("bert.embeddings.word_embeddings.weight_quantized")?.dataType == 3)
        #expect(parsed.problems == [])
    }

    @Test("uint8 multiplies unsigned weights, and rounds by operators that every runtime has")
    func unsigned() throws {
        let parsed = try ParsedONNX(packed(), .uint8, in: models.path)
        #expect(parsed.count("MatMulInteger") == 14 && parsed.count("QuantizeLinear") == 0)
        #expect(["ReduceMax", "Round", "Clip"].map(parsed.count) == [10, 10, 10])
        #expect(parsed.weight("classifier.weight_quantized")?.dataType == 2)
        #expect(parsed.weight("bert.embeddings.word_embeddings.weight_quantized")?.dataType == 3)
    }

    @Test("Codes and scales give back every value of a packed weight", arguments: [ONNXModel.Weights.int8, .uint8])
    func exactCodes(weights: ONNXModel.Weights) throws {
        let model = try packed(), parsed = try ParsedONNX(model, weights, in: models.path),
            (layer, name) = try output(of: model)
        guard case .packed(let weight) = layer.weight else { throw TestProblem.notPacked }
        let codes = try #require(parsed.weight(name + "_quantized")),
            scales = try #require(parsed.weight(name + "_scale"))
        #expect(codes.dims == [24, 16] && scales.dims == [16])
        let steps = scales.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let values = codes.rawData.enumerated().map { index, code in
            Float(weights == .uint8 ? Int(code) - 128 : Int(Int8(bitPattern: code))) * steps[index % 16]
        }
        #expect(Tensor(values, shape: [24, 16]).transposed().floatArray == weight.unpacked.floatArray)
    }

    @Test(
        "Convolutions of quantised images multiply unsigned codes in integers",
        arguments: [ONNXModel.Weights.int8, .uint8])
    func convolutions(weights: ONNXModel.Weights) throws {
        let model = try PretrainedModel(packing: models.digits("digits", hasBatchNorm: true))
        let parsed = try ParsedONNX(model, weights, in: models.path)
        #expect(parsed.count("ConvInteger") == 9 && parsed.count("Conv") == 0)
        #expect(parsed.count("QuantizeLinear") == (weights == .int8 ? parsed.count("ReduceMax") : 0))
        let kernels = try #require(parsed.weight("layer1.0.conv1.weight_quantized"))
        #expect(kernels.dims == [4, 4, 3, 3] && kernels.dataType == 2)
    }

    @Test("As f32, a packed model computes with the same values in floats")
    func floats() throws {
        let parsed = try ParsedONNX(packed(), in: models.path)
        #expect(parsed.count("MatMulInteger") == 0 && parsed.count("Round") == 2 * 4 + 2)
        #expect(parsed.graph.initializer.allSatisfy { [1, 7].contains($0.dataType) })
    }

    @Test("A model without codes cannot be stored in integers", arguments: [ONNXModel.Weights.int8, .uint8])
    func nothingQuantized(weights: ONNXModel.Weights) throws {
        let model = try bert()
        #expect(throws: ExportError.nothingQuantized) { try ONNXModel(model, weights: weights) }
    }

    // MARK: Grids

    /// The model with one layer whose weight is packed on `grid`, in groups of scales.
    private func model(
        _ grid: QuantizationGrid, bits: Int = 8, groups: Int = 16, inputs: ActivationGrid = ActivationGrid()
    )
        throws -> PretrainedModel
    {
        let model = try bert(), (layer, _) = try output(of: model)
        let weight = try #require(layer.weight.parameter).detached,
            quantization = FakeQuantization(bits: bits, grid: grid)
        let values = weight.fakeQuantized(quantization, groupCount: groups)
        let lattice = try #require(ValueGrid(of: weight, quantization, groupCount: groups))
        let tensor = try #require(PackedTensor(exactly: values, on: lattice, isForIntegers: true))
        layer.weight = .packed(QuantizedWeight(tensor, arithmetic: .integer(inputs)))
        return model
    }

    @Test(
        "Asymmetric weights stay in integers, with a zero point for each output",
        arguments: [(ONNXModel.Weights.int8, Int32(3)), (.uint8, 2)])
    func asymmetricWeights(weights: ONNXModel.Weights, dataType: Int32) throws {
        let parsed = try ParsedONNX(model(.asymmetric), weights, in: models.path),
            name = "bert.encoder.layer.0.output.dense.weight"
        let product = try #require(parsed.graph.node.first { $0.opType == "MatMulInteger" })
        #expect(product.input[1] == name + "_quantized" && product.input[3] == name + "_zero_point")
        let zeros = try #require(parsed.weight(name + "_zero_point"))
        #expect(
            zeros.dims == [16] && zeros.dataType == dataType && parsed.weight(name + "_quantized")?.dataType == dataType
        )
        #expect(parsed.problems == [])
    }

    @Test("Asymmetric inputs are corrected by the sums of the weights' rows")
    func asymmetricInputs() throws {
        let parsed = try ParsedONNX(
            model(.symmetric, inputs: ActivationGrid(grid: .asymmetric)), .int8, in: models.path)
        let name = "bert.encoder.layer.0.output.dense.weight"
        #expect(parsed.count("MatMulInteger") == 1 && parsed.count("ReduceMin") == 1)
        #expect(parsed.weight(name + "_sums")?.dims == [16])
        #expect(parsed.problems == [])
    }

    @Test("Scales for groups of columns are undone in floats, whatever ranges are given")
    func groups() throws {
        let model = try model(.symmetric, bits: 4, groups: 32), layer = "bert.encoder.layer.0.output.dense"
        let parsed = try ParsedONNX(model, .int8, inputRanges: [layer: -1...1], in: models.path)
        #expect(parsed.count("MatMulInteger") == 0 && parsed.count("QuantizeLinear") == 0 && parsed.count("Round") == 1)
        #expect(parsed.weight(layer + ".weight_quantized")?.dims == [16, 2, 12])
    }

    // MARK: Static ranges

    @Test("Layers with a static range quantise inputs and weights in the form that runtimes fuse; others keep theirs")
    func staticRanges() throws {
        let model = try packed(), layer = "bert.encoder.layer.0.output.dense"
        let parsed = try ParsedONNX(model, .int8, inputRanges: [layer: -1...3, "classifier": 0...0], in: models.path)
        #expect(parsed.count("MatMulInteger") == 13 && parsed.count("DequantizeLinear") == 2)
        let product = try #require(parsed.graph.node.first { $0.name == "/bert/encoder/layer/0/output/dense/MatMul" })
        let sources = product.input.compactMap { name in parsed.graph.node.first { $0.output == [name] } }
        #expect(
            sources.map(\.opType) == ["DequantizeLinear", "DequantizeLinear"]
                && sources[1].input[0] == layer + ".weight_quantized")
        let scale = try #require(parsed.weight(sources[0].input[1])),
            zero = try #require(parsed.weight(sources[0].input[2]))
        #expect(
            scale.rawData.withUnsafeBytes { $0.loadUnaligned(as: Float.self) } == 4.0 / 256
                && zero.rawData == Data([64]))
        #expect(parsed.problems == [])
    }

    @Test("Static ranges hold 0, and change nothing in floats")
    func rangesWithoutZero() throws {
        let model = try packed(), layer = "bert.encoder.layer.0.output.dense"
        let parsed = try ParsedONNX(model, .int8, inputRanges: [layer: 1...2], in: models.path)
        let quantization = try #require(
            parsed.graph.node.first { $0.name.hasPrefix("/bert/encoder/layer/0/output/dense/QuantizeLinear") })
        #expect(parsed.weight(quantization.input[2])?.rawData == Data([0]))
        let (ranged, plain) = (
            try ParsedONNX(model, inputRanges: [layer: 1...2], in: models.path), try ParsedONNX(model, in: models.path)
        )
        #expect(ranged.graph == plain.graph)
    }
}

private enum TestProblem: Error {
    case notPacked
}
