import LatheTensor
import Testing

@testable import LatheNN

@Suite("Shrinkable layers")
struct ShrinkableLayerTests {
    @Test("Parts of any axis are kept in the order asked for")
    func keeping() {
        let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(tensor.keeping([1], axis: 0).floatArray == (12..<24).map(Float.init))
        #expect(
            tensor.keeping([2, 0], axis: 1).floatArray == [8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15])
        #expect(tensor.keeping([3], axis: 2).floatArray == [3, 7, 11, 15, 19, 23])
        #expect(tensor.keeping([], axis: 1).shape == [2, 0, 4])
    }

    @Test("A feed-forward network without its zeroed rows computes the same")
    func rows() throws {
        let random = RandomSource(seed: 1)
        try withRandomSource(random) {
            let first = Linear(inputs: 4, outputs: 6), second = Linear(inputs: 6, outputs: 3),
                input = Tensor.randomNormal([5, 4])
            let mask = Tensor([1, 0, 1, 1, 0, 1] as [Float], shape: [6, 1])
            first.weight = .dense(Parameter(try #require(first.weight.parameter).detached * mask))
            first.bias?.value = (first.bias?.detached ?? .zeros([6])) * mask.reshaped([6])
            let whole = withInference { second(first(input, activation: .gelu)) }
            first.keepOutputs([0, 2, 3, 5])
            second.keepInputs([0, 2, 3, 5])
            let small = withInference { second(first(input, activation: .gelu)) }
            #expect(first.outputs == 4 && second.inputs == 4)
            #expect((whole - small).largestMagnitude() < 1e-6)
        }
    }
}
