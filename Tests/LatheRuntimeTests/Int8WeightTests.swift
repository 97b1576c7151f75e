import LatheNN
import LatheRuntime
import LatheTensor
import Testing

@Suite("8-bit weights")
struct Int8WeightTests {
    private let random = RandomSource(seed: 7)

    @Test("Codes and scales follow the symmetric quantiser's formula")
    func formula() {
        let weight = Tensor([-1, 0.5, 0.25, 0, 2, 2, -0.5, 0.1], shape: [2, 4])
        let packed = Int8Weight(quantizing: weight)
        #expect(packed.scales.floatArray == [2.0 / 256, 4.0 / 256])
        // The largest positive value is clipped to 127 steps.
        #expect(packed.codes.floatArray == [-128, 64, 32, 0, 127, 127, -32, 6])
    }

    @Test("A row of zeros stays zeros")
    func zeroRow() {
        let packed = Int8Weight(quantizing: .zeros([1, 5]))
        #expect(packed.unpacked.floatArray == [0, 0, 0, 0, 0])
    }

    @Test("The packed product equals the product of the fake-quantised weight and input", arguments: [(1, 7, 5), (33, 128, 70), (130, 65, 257)])
    func product(_ sizes: (rows: Int, inputs: Int, outputs: Int)) {
        let weight = Tensor.randomNormal([sizes.outputs, sizes.inputs], from: random)
        let input = Tensor.randomNormal([sizes.rows, sizes.inputs], from: random)
        let bias = Tensor.randomNormal([sizes.outputs], from: random)
        let packed = Int8Weight(quantizing: weight)
        let result = packed.linear(PreparedInput(input, for: packed.arithmetic), bias: bias, activation: .gelu, residual: nil)
        let (codes, scales) = input.quantizedRows()
        let expected = (codes.cast(to: .float32) * scales).linear(packed.unpacked, bias: bias, activation: .gelu)
        let difference = (result - expected).largestMagnitude()
        #expect(difference <= 1e-5 * (1 + expected.largestMagnitude()), "differs by \(difference)")
    }

    @Test("A layer trained for 8 bits, one scale a row, is packed without a further error")
    func shaped() {
        let linear = withRandomSource(random) { Linear(inputs: 96, outputs: 20) }, input = Tensor.randomNormal([5, 96], from: random)
        linear.attach(WeightQuantizer(bits: 8, groups: .count(20)))
        linear.inputTransforms.append(InputQuantizer(bits: 8))
        let before = withInference { linear(input) }
        linear.packWeights(.int8)
        #expect(linear.inputTransforms.list.isEmpty)
        // Baked values are codes times a scale; the largest one, if it was clipped, gives a row another scale.
        let difference = (withInference { linear(input) } - before).largestMagnitude()
        #expect(difference < 0.01 * before.largestMagnitude(), "differs by \(difference)")
    }

    @Test("A linear layer computes nearly the same after packing, and stores a quarter of the bytes")
    func packing() {
        let linear = withRandomSource(random) { Linear(inputs: 256, outputs: 64) }
        let input = Tensor.randomNormal([10, 256], from: random)
        let before = linear(input)
        #expect(linear.packWeights(.int8) == [""])
        let after = linear(input)
        let error = (after - before).sumOfSquares() / before.sumOfSquares()
        #expect(error < 1e-3, "relative squared error \(error)")
        let bytes = Dictionary(uniqueKeysWithValues: linear.namedTensors.map { ($0.path, $0.tensor.byteCount) })
        #expect(bytes == ["weight": 64 * 256, "weight_scale": 64 * 4, "bias": 64 * 4])
    }

    @Test("Float panels compute what the dense layer computes", arguments: [(WeightFormat.float32, Float(1e-5)), (.bfloat16, 2e-2)])
    func floatPanels(_ format: WeightFormat, _ tolerance: Float) {
        let linear = withRandomSource(random) { Linear(inputs: 96, outputs: 100) }
        let input = Tensor.randomNormal([3, 17, 96], from: random), residual = Tensor.randomNormal([3, 17, 100], from: random)
        let before = linear(input, activation: .relu, residual: residual)
        linear.packWeights(format)
        let difference = (linear(input, activation: .relu, residual: residual) - before).largestMagnitude()
        #expect(difference <= tolerance, "differs by \(difference)")
    }
}
