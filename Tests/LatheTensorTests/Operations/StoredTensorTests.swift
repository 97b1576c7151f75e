import LatheTensor
import Testing

@Suite("Tensors in the form of a file")
struct StoredTensorTests {
    /// A weight `[out, in]` as a file has it, and its values.
    struct Case: CustomTestStringConvertible {
        let dtype: DType
        let isTransposed: Bool
        let outputs, inputs: Int

        var weight: StoredTensor {
            let shape = isTransposed ? [inputs, outputs] : [outputs, inputs]
            return StoredTensor(
                Tensor.randomNormal(shape, from: RandomSource(seed: 7)).cast(to: dtype), isTransposed: isTransposed)
        }

        var testDescription: String { "\(dtype), \(isTransposed ? "transposed, " : "")[\(outputs), \(inputs)]" }

        static let all = [DType.float32, .bfloat16, .float16].flatMap { dtype in
            [true, false].flatMap { isTransposed in
                [(1, 1), (130, 67), (64, 1500)].map {
                    Case(dtype: dtype, isTransposed: isTransposed, outputs: $0.0, inputs: $0.1)
                }
            }
        }
    }

    @Test("The values are float32 in the tensor's own order", arguments: Case.all)
    func values(_ test: Case) {
        let weight = test.weight, values = weight.values
        #expect(
            weight.shape == [test.outputs, test.inputs] && values.shape == weight.shape && values.dtype == .float32)
        #expect(weight.isConverted == (test.isTransposed || test.dtype != .float32))
        let elements = weight.ordered(as: .float32, isTransposed: test.isTransposed)
        #expect((test.isTransposed ? elements.transposed() : elements).isIdentical(to: values))
    }

    @Test(
        "A product reads the weight where it is, with the results of its values", arguments: Case.all, [1, 3, 4, 5, 40])
    func products(_ test: Case, rows: Int) {
        let weight = test.weight,
            input = Tensor.randomNormal([rows, test.inputs], from: RandomSource(seed: UInt64(rows)))
        let bias = Tensor.randomNormal([test.outputs], from: RandomSource(seed: 3)),
            residual = Tensor.randomNormal([rows, test.outputs], from: RandomSource(seed: 4))
        let expected = input.linear(weight.values, bias: bias, activation: .relu, residual: residual)
        let got = input.linear(weight, bias: bias, activation: .relu, residual: residual)
        #expect(got.shape == expected.shape)
        #expect(
            (got - expected).largestMagnitude() <= 1e-5 * Float(test.inputs).squareRoot()
                * (1 + expected.largestMagnitude()))
    }

    @Test("Rows of a table are those of its values", arguments: Case.all)
    func rows(_ test: Case) {
        let table = test.weight, ids = Tensor([Int32(test.outputs - 1), 0, Int32(test.outputs / 2)], shape: [3, 1])
        #expect(table.gathered(ids).isIdentical(to: table.values.gathered(ids)))
    }

    @Test(
        "An element that is not finite is named at its place in the file",
        arguments: [DType.float32, .bfloat16, .float16])
    func notFinite(_ dtype: DType) {
        let elements = Tensor([1, 2, .infinity, 4, .nan, 6] as [Float], shape: [2, 3]).cast(to: dtype)
        let found = StoredTensor(elements, isTransposed: true).firstNonFinite
        #expect(found?.index == [0, 2] && found?.value == .infinity && found?.count == 2)
    }

    @Test("Elements that are not finite are counted over all pieces of a large tensor")
    func notFiniteInPieces() {
        let count = 9_000_000, places = [8_999_999, 4_194_304, 5_000_000]
        var values = [Float](repeating: 1, count: count)
        for place in places { values[place] = .nan }
        let found = Tensor(values).cast(to: .bfloat16).firstNonFinite
        #expect(found?.index == [4_194_304] && found?.count == places.count)
    }

    @Test("A number beyond a narrower type is found in any piece")
    func narrowing() {
        var values = [Float](repeating: 1, count: 5_000_000)
        values[4_999_999] = -1e5
        #expect(throws: NarrowingError.self) {
            try StoredTensor(Tensor(values)).checkNarrowing(to: .float16, named: "weight")
        }
    }
}

@Suite("Parameters in the form of a file")
struct StoredParameterTests {
    @Test("The form stays until the value changes")
    func formStays() {
        let parameter = Parameter(.zeros([2, 3]))
        parameter.stored = StoredTensor(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), isTransposed: true)
        #expect(parameter.shape == [2, 3] && parameter.detached.floatArray == [1, 3, 5, 2, 4, 6])
        #expect(withInference { parameter.isReadAsStored } && !parameter.isReadAsStored)
        parameter.value = parameter.value * 2
        #expect(!parameter.stored.isConverted && parameter.detached.floatArray == [2, 6, 10, 4, 8, 12])
    }

    @Test("An optimizer's update changes the values of a transposed weight in their own order")
    func update() {
        let parameter = Parameter(.zeros([2, 3]))
        parameter.stored = StoredTensor(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), isTransposed: true)
        var velocity: [Tensor] = []
        let numbers = MomentumUpdate(learningRate: 1, momentum: 0, isNesterov: false, weightDecay: 0, gradientScale: 1)
        parameter.update(numbers, gradient: Tensor([0, 0, 1, 0, 0, 0] as [Float], shape: [2, 3]), velocity: &velocity)
        #expect(parameter.detached.floatArray == [1, 3, 4, 2, 4, 6])
    }
}
