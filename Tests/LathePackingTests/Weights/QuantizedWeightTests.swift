import LatheNN
import LatheTensor
import Testing

@testable import LathePacking

@Suite("Linear weights in few bits")
struct QuantizedWeightTests {
    private let random = RandomSource(seed: 7)

    /// A weight rounded to so many bits, and its codes.
    private func rounded(_ shape: [Int], _ quantization: FakeQuantization, groups: Int, isForIntegers: Bool = true)
        throws -> (values: Tensor, packed: PackedTensor)
    {
        let weight = Tensor.randomNormal(shape, from: random)
        let grid = try #require(ValueGrid(of: weight, quantization, groupCount: groups)),
            values = weight.fakeQuantized(quantization, groupCount: groups)
        return (values, try #require(PackedTensor(exactly: values, on: grid, isForIntegers: isForIntegers)))
    }

    @Test("Codes and scales follow the symmetric quantiser's formula")
    func formula() throws {
        let linear = Linear(inputs: 4, outputs: 2)
        linear.weight = .dense(Parameter(Tensor([-1, 0.5, 0.25, 0, 2, 2, -0.5, 0.1], shape: [2, 4])))
        linear.packWeights(.w8a8)
        let stored = Dictionary(uniqueKeysWithValues: linear.namedTensors.map { ($0.path, $0.tensor) })
        #expect(stored["weight_scale"]?.floatArray == [2.0 / 256, 4.0 / 256])
        // The largest positive value is clipped to 127 steps.
        #expect(stored["weight"]?.floatArray == [-128, 64, 32, 0, 127, 127, -32, 6])
    }

    @Test("A row of zeros stays zeros in every format", arguments: [WeightFormat.w8a8, .w4a8, .w2a8, .w1a8])
    func zeroRow(_ format: WeightFormat) throws {
        let linear = Linear(inputs: 5, outputs: 1)
        linear.weight = .dense(Parameter(.zeros([1, 5])))
        linear.packWeights(format)
        guard case .packed(let weight) = linear.weight else { Issue.record("not packed"); return }
        #expect(weight.unpacked.floatArray == [0, 0, 0, 0, 0])
    }

    static let grids: [(bits: Int, grid: QuantizationGrid)] = [
        (8, .symmetric), (8, .asymmetric), (6, .asymmetric), (5, .symmetric), (4, .symmetric), (4, .asymmetric),
        (3, .symmetric), (3, .asymmetric), (2, .symmetric),
        (1, .symmetric),
    ]

    @Test(
        "Every value comes back as the fake quantiser gave it, in memory, from the stored tensors and through a product's panels",
        arguments: grids)
    func exact(bits: Int, grid: QuantizationGrid) throws {
        // One scale, scales for groups of rows, for rows, and for groups of columns.
        for groups in [1, 4, 12, 36] {
            for isForIntegers in [true, false] {
                let (values, packed) = try rounded(
                    [12, 39], FakeQuantization(bits: bits, grid: grid), groups: groups, isForIntegers: isForIntegers)
                #expect(packed.dequantized.floatArray == values.floatArray, "\(groups) groups")
                let matrix = packed.matrix
                #expect(matrix.dequantized.floatArray == values.floatArray, "\(groups) groups")
                let again = PackedTensor(
                    matrix, shape: packed.shape, bits: packed.bits, layout: packed.layout,
                    rowsPerScale: packed.rowsPerScale)
                #expect(again == packed, "\(groups) groups")
                let weight = QuantizedWeight(packed, arithmetic: .float32),
                    input = Tensor.randomNormal([3, 39], from: random)
                let result = weight.linear(
                    PreparedInput(input, for: .float32), bias: nil, activation: .identity, residual: nil)
                let expected = input.linear(values)
                #expect(
                    (result - expected).largestMagnitude() <= 1e-5 * (1 + expected.largestMagnitude()),
                    "\(groups) groups")
                #expect(weight.packed == packed, "\(groups) groups")
            }
        }
    }

    @Test(
        "An integer product equals that of the fake-quantised weight and input", arguments: grids,
        [
            ActivationGrid(), ActivationGrid(grid: .asymmetric), ActivationGrid(bits: 4),
            ActivationGrid(range: .init(low: -1.5, high: 2)),
        ])
    func product(_ kind: (bits: Int, grid: QuantizationGrid), inputs: ActivationGrid) throws {
        for groups in [1, 33, 132] {
            let (values, packed) = try rounded(
                [33, 128], FakeQuantization(bits: kind.bits, grid: kind.grid), groups: groups)
            let input = Tensor.randomNormal([7, 128], from: random), bias = Tensor.randomNormal([33], from: random)
            let weight = QuantizedWeight(packed, arithmetic: .integer(inputs))
            let result = weight.linear(
                PreparedInput(input, for: weight.arithmetic), bias: bias, activation: .gelu, residual: nil)
            let quantization = FakeQuantization(bits: inputs.bits, grid: inputs.grid)
            let seen =
                inputs.range.map { input.fakeQuantized(quantization, from: $0.low, to: $0.high) }
                ?? input.fakeQuantized(quantization, groupCount: 7)
            let expected = seen.linear(values, bias: bias, activation: .gelu),
                difference = (result - expected).largestMagnitude()
            #expect(difference <= 2e-5 * (1 + expected.largestMagnitude()), "\(groups) groups differ by \(difference)")
        }
    }

    @Test("Zeros that masks made become trits among signs, and stay zeros of a grid that has them")
    func masked() throws {
        let mask = Tensor((0..<48).map { $0 % 3 == 0 ? 0 : 1 as Float }, shape: [4, 12])
        for (bits, grid) in Self.grids {
            let weight = Tensor.randomNormal([4, 12], from: random),
                quantization = FakeQuantization(bits: bits, grid: grid)
            let values = weight.fakeQuantized(quantization, groupCount: 4) * mask
            let steps = try #require(ValueGrid(of: weight, quantization, groupCount: 4))
            let packed = try #require(
                PackedTensor(exactly: values, on: steps, isForIntegers: true), "\(bits) bits, \(grid)")
            #expect(packed.dequantized.floatArray == values.floatArray)
            if bits <= 2 { #expect(packed.layout == .trits) }
        }
    }

    @Test("Values beside the grid, not finite, or of groups that split rows are not packed")
    func beside() throws {
        let weight = Tensor.randomNormal([4, 12], from: random), quantization = FakeQuantization(bits: 4)
        let grid = try #require(ValueGrid(of: weight, quantization, groupCount: 4)),
            values = weight.fakeQuantized(quantization, groupCount: 4)
        #expect(PackedTensor(exactly: values + 1e-4, on: grid, isForIntegers: true) == nil)
        #expect(PackedTensor(exactly: values * .nan, on: grid, isForIntegers: true) == nil)
        #expect(ValueGrid(of: weight, quantization, groupCount: 3) == nil)
        #expect(ValueGrid(of: weight, FakeQuantization(bits: 9), groupCount: 4) == nil)
    }

    @Test(
        "A layer trained for few bits is packed without a further error",
        arguments: [(WeightFormat.w8a8, 8), (.w4a8, 4), (.w2a8, 2), (.w1a8, 1)])
    func transformed(_ format: WeightFormat, bits: Int) {
        let linear = withRandomSource(random) { Linear(inputs: 96, outputs: 20) },
            input = Tensor.randomNormal([5, 96], from: random)
        linear.attach(WeightQuantizer(bits: bits, groups: .count(5)))
        linear.activationTransforms.append(ActivationQuantizer(bits: 8))
        let before = withInference { linear(input) }
        linear.packWeights(format)
        #expect(linear.activationTransforms.list.isEmpty)
        let difference = (withInference { linear(input) } - before).largestMagnitude()
        #expect(difference < 1e-5 * before.largestMagnitude(), "differs by \(difference)")
    }

    @Test("A linear layer computes nearly the same after packing, and stores a quarter of the bytes")
    func packing() {
        let linear = withRandomSource(random) { Linear(inputs: 256, outputs: 64) }
        let input = Tensor.randomNormal([10, 256], from: random)
        let before = linear(input)
        #expect(linear.packWeights(.w8a8) == [""])
        let after = linear(input)
        let error = (after - before).sumOfSquares() / before.sumOfSquares()
        #expect(error < 1e-3, "relative squared error \(error)")
        let bytes = Dictionary(uniqueKeysWithValues: linear.namedTensors.map { ($0.path, $0.tensor.byteCount) })
        #expect(bytes == ["weight": 64 * 256, "weight_scale": 64 * 4, "bias": 64 * 4])
    }

    @Test("An embedding gives rows of its table in few bits", arguments: [WeightFormat.w8a8, .w4a8, .w2a8, .w1a8])
    func embedding(_ format: WeightFormat) throws {
        let embedding = withRandomSource(random) { Embedding(rows: 11, width: 45) }, table = embedding.table.detached
        let ids = Tensor([0, 10, 3, 3, 7, 1] as [Int32], shape: [2, 3])
        #expect(embedding.packWeights(format, includesEmbeddings: false).isEmpty)
        #expect(embedding.packWeights(format) == [""])
        let bits = try #require(format.bits),
            expected = table.fakeQuantized(FakeQuantization(bits: bits), groupCount: 11).gathered(ids)
        #expect(embedding(ids).floatArray == expected.floatArray)
        #expect(embedding(ids).shape == [2, 3, 45])
        #expect((embedding.rows, embedding.width) == (11, 45))
    }

    @Test(
        "Float panels compute what the dense layer computes",
        arguments: [(WeightFormat.float32, Float(1e-5)), (.bfloat16, 2e-2)])
    func floatPanels(_ format: WeightFormat, _ tolerance: Float) {
        let linear = withRandomSource(random) { Linear(inputs: 96, outputs: 100) }
        let input = Tensor.randomNormal([3, 17, 96], from: random),
            residual = Tensor.randomNormal([3, 17, 100], from: random)
        let before = linear(input, activation: .relu, residual: residual)
        linear.packWeights(format)
        let difference = (linear(input, activation: .relu, residual: residual) - before).largestMagnitude()
        #expect(difference <= tolerance, "differs by \(difference)")
    }
}
