import LatheTensor
import Testing

@Suite("Comparing and choosing")
struct ChoiceTests {
    private let left = Tensor([1, 2, 3, .nan, 5]), right = Tensor([2, 2, 1, 1, .nan])

    @Test("Comparisons give booleans, and are false for NaN except for inequality")
    func comparisons() {
        #expect((left .== right).boolArray == [false, true, false, false, false])
        #expect((left .!= right).boolArray == [true, false, true, true, true])
        #expect((left .< right).boolArray == [true, false, false, false, false])
        #expect((left .<= right).boolArray == [true, true, false, false, false])
        #expect((left .> right).boolArray == [false, false, true, false, false])
        #expect((left .>= right).boolArray == [false, true, true, false, false])
    }

    @Test("Comparisons broadcast")
    func broadcastComparison() {
        let result = Tensor([1.0, 2, 3], shape: [3, 1]) .< Tensor([2.0, 3], shape: [2])
        #expect(result.shape == [3, 2])
        #expect(result.dtype == .bool)
        #expect(result.boolArray == [true, true, false, true, false, false])
    }

    @Test("Maximum and minimum choose elementwise and keep NaN")
    func extremes() {
        expectClose(Tensor.maximum(left, right), Reference(shape: [5], values: [2, 2, 3, .nan, .nan]), .exact)
        expectClose(Tensor.minimum(left, right), Reference(shape: [5], values: [1, 2, 1, .nan, .nan]), .exact)
    }

    @Test("Maximum and minimum broadcast and have the right gradients")
    func extremeGradients() {
        // Halves against quarters, so that no finite difference crosses a tie.
        let a = (numbers([3, 5]) * 2).roundedStraightThrough() * 0.5
        let b = (numbers([5], seed: 2) * 2).roundedStraightThrough() * 0.5 + 0.25
        expectGradientsMatch([a, b]) { Tensor.maximum($0[0], $0[1]) }
        expectGradientsMatch([b, a]) { Tensor.minimum($0[0], $0[1]) }
    }

    @Test("On ties the gradient goes to the left operand")
    func ties() {
        for choose in [Tensor.maximum, Tensor.minimum] {
            let a = Parameter(Tensor([1.0])), b = Parameter(Tensor([1.0]))
            choose(a.value, b.value).sum().backward()
            #expect(a.gradient?.floatArray == [1])
            #expect(b.gradient?.floatArray == [0])
        }
    }

    @Test("A mask chooses between operands, which broadcast to its shape")
    func masks() {
        let mask = Tensor([true, false, false, true], shape: [2, 2])
        let a = Tensor([1.0, 2]), b = Tensor(9)
        expectClose(Tensor.where(mask, a, b), Tensor([1.0, 9, 9, 2], shape: [2, 2]), .exact)
    }

    @Test("The choice of a mask does not let through NaN from the other side")
    func maskedNaN() {
        let mask = Tensor([true, false])
        expectClose(Tensor.where(mask, Tensor([1, .nan]), Tensor([.nan, 2])), Tensor([1.0, 2]), .exact)
    }

    @Test("A masked choice has the right gradients", arguments: [1, 7, 67])
    func maskGradients(columns: Int) {
        let mask = numbers([3, columns], seed: 5) .> Tensor(0)
        expectGradientsMatch([numbers([3, columns]), numbers([3, 1], seed: 2)]) { Tensor.where(mask, $0[0], $0[1]) }
    }
}
