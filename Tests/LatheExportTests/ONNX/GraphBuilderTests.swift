import LatheNN
import LatheTensor
import Testing

@testable import LatheExport

@Suite("Building an ONNX graph")
struct GraphBuilderTests {
    private let builder = GraphBuilder(Linear(inputs: 2, outputs: 2), weights: .int8)
    private var input: GraphValue { GraphValue(name: "x") }

    private func weight(_ value: String) -> Tensor? { builder.weights.first { $0.name == value }?.tensor }

    @Test("Equal constants are stored once, and names are never given twice")
    func names() {
        #expect(builder.constant(2) == builder.constant(2) && builder.constant(2) != builder.constant(3))
        #expect(builder.add("Abs", input) != builder.add("Abs", input))
        #expect(builder.nodes.map(\.name) == ["/Abs", "/Abs_1"])
    }

    @Test("A static symmetric range becomes QuantizeLinear and DequantizeLinear with its scale")
    func symmetricRange() throws {
        let rounding = InputRounding(bits: 8, grid: .symmetric, range: .init(low: -2, high: 1))
        let value = try #require(builder.quantizeAndBack(input, rounding))
        #expect(builder.quantizeAndBack(input, rounding) == value)
        #expect(builder.nodes.map(\.opType) == ["QuantizeLinear", "DequantizeLinear"])
        #expect(builder.nodes[0].input[1...] == builder.nodes[1].input[1...])
        #expect(weight(builder.nodes[0].input[1])?.scalar == 0.015625)
        #expect(weight(builder.nodes[0].input[2])?.dtype == .uint8)
        #expect(weight(builder.nodes[0].input[2])?.withUnsafeBytes { $0[0] } == 128)
    }

    @Test("A static asymmetric range has a zero point; one that no byte holds is rounded in floats")
    func asymmetricRange() throws {
        _ = try #require(
            builder.quantizeAndBack(input, InputRounding(bits: 8, grid: .asymmetric, range: .init(low: -1, high: 3))))
        #expect(weight(builder.nodes[0].input[2])?.withUnsafeBytes { $0[0] } == 64)
        #expect(
            builder.quantizeAndBack(input, InputRounding(bits: 8, grid: .asymmetric, range: .init(low: 1, high: 3)))
                == nil)
        #expect(
            builder.quantizeAndBack(input, InputRounding(bits: 4, grid: .symmetric, range: .init(low: -1, high: 1)))
                == nil)
    }

    @Test(
        "Tokens with a range each become the rows of a matrix that QuantizeLinear rounds, once for all layers that read them"
    )
    func dynamicRange() throws {
        let rounding = InputRounding(bits: 8, grid: .symmetric, range: nil)
        let codes = builder.quantize(input, rounding, axes: [-1])
        #expect(builder.quantize(input, rounding, axes: [-1]).codes == codes.codes)
        let operations = [
            "Abs", "ReduceMax", "Mul", "Max", "Reshape", "Flatten", "Shape", "Expand", "QuantizeLinear", "Shape",
            "Reshape",
        ]
        #expect(builder.nodes.map(\.opType) == operations)
        let quantization = try #require(builder.nodes.first { $0.opType == "QuantizeLinear" })
        #expect(
            quantization.input.count == 3 && quantization.attribute.map(\.name) == ["axis"]
                && quantization.attribute.map(\.i) == [0])
        #expect(builder.nodes[5].attribute.map(\.i) == [-1] && codes.offset == nil)
        #expect(weight(codes.zeroPoint.name)?.withUnsafeBytes { $0[0] } == 128)
    }

    @Test("Codes of fewer bits, and of images from the smallest value on, are limited to their grid")
    func smallGrid() throws {
        _ = builder.quantize(input, InputRounding(bits: 4, grid: .symmetric, range: nil), axes: [-1])
        let symmetric = try #require(builder.nodes.last { $0.opType == "Clip" })
        #expect(symmetric.input[1...].map { weight($0)?.withUnsafeBytes { $0[0] } } == [120, 135])
        let codes = builder.quantize(input, InputRounding(bits: 5, grid: .asymmetric, range: nil), axes: [1, 2, 3])
        let asymmetric = try #require(builder.nodes.last { $0.opType == "Clip" })
        #expect(asymmetric.input[1...].map { weight($0)?.withUnsafeBytes { $0[0] } } == [0, 31])
        #expect(builder.nodes.last { $0.opType == "Flatten" }?.attribute.map(\.i) == [1])
        #expect(builder.nodes.last { $0.opType == "QuantizeLinear" }?.input.count == 2)
        #expect(codes.offset != nil && weight(codes.zeroPoint.name)?.withUnsafeBytes { $0[0] } == 0)
    }

    @Test(
        "Codes with a scale for each row are undone by DequantizeLinear, those with one for each group in words of their own"
    )
    func dequantized() {
        let rows = CodedWeight(
            codes: Tensor(int8: [1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 4]),
            scales: Tensor([1, 2] as [Float], shape: [2, 1]))
        _ = builder.dequantized(rows, "a", transposed: true)
        #expect(builder.nodes.map(\.opType) == ["DequantizeLinear"] && builder.nodes[0].attribute.map(\.i) == [1])
        #expect(
            weight("a_quantized")?.shape == [4, 2] && weight("a_scale")?.shape == [2]
                && weight("a_zero_point")?.shape == [2])
        let groups = CodedWeight(codes: rows.codes, scales: Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
        _ = builder.dequantized(groups, "b", transposed: false)
        #expect(builder.nodes.dropFirst().map(\.opType) == ["Cast", "Mul", "Reshape"])
        #expect(weight("b_quantized")?.shape == [2, 2, 2])
    }

    @Test("Sums of rows of codes are exact")
    func rowSums() {
        let coded = CodedWeight(
            codes: Tensor(int8: [-128, -128, 127, 1], shape: [2, 2]), scales: Tensor([1, 1] as [Float], shape: [2, 1]))
        #expect(coded.rowSums.floatArray == [-256, 128])
        let shifted = CodedWeight(
            codes: coded.codes, scales: coded.scales, zeroPoints: Tensor([-3, 5] as [Float], shape: [2, 1]))
        #expect(shifted.rowSums.floatArray == [-250, 118])
        #expect(coded.codes.raisedToUnsigned.withUnsafeBytes { Array($0) } == [0, 0, 255, 129])
    }
}
