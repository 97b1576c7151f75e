import LatheTensor
import Testing

@Suite("Parameters")
struct ParameterTests {
    @Test("A parameter holds a value and no gradient at first")
    func fresh() {
        let x = Parameter(Tensor([1.0, 2]))
        #expect(x.shape == [2])
        #expect(x.gradient == nil)
        #expect(x.isTrainable)
        #expect(x.value.needsGradient)
        #expect(!x.detached.needsGradient)
    }

    @Test("A parameter made of a result is cut off from how that was computed")
    func cut() {
        let x = Parameter(Tensor([1.0]))
        let y = Parameter(x.value * 2)
        y.value.sum().backward()
        #expect(x.gradient == nil)
        y.value = x.value * 3
        y.value.sum().backward()
        #expect(x.gradient == nil)
    }
}
