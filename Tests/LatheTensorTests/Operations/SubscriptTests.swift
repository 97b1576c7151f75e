import LatheTensor
import Testing

@Suite("Subscripts of tensors")
struct SubscriptTests {
    private let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])

    @Test("An index takes its axis away, from the first axis on")
    func indices() {
        #expect(tensor[1].shape == [3, 4] && tensor[1].floatArray == (12..<24).map(Float.init))
        #expect(tensor[1, 2].floatArray == [20, 21, 22, 23])
        #expect(tensor[1, 2, 3].shape == [] && tensor[1, 2, 3].scalar == 23)
    }

    @Test("A range keeps its axis, whatever ends it leaves open")
    func ranges() {
        #expect(tensor[0..<1].shape == [1, 3, 4])
        #expect(tensor[0..., 1...2, ..<2].floatArray == [4, 5, 8, 9, 16, 17, 20, 21])
        #expect(tensor[...0, 2, 1...].floatArray == [9, 10, 11] && tensor[...0, 2, 1...].shape == [1, 3])
    }

    @Test("Gradients flow through it")
    func gradients() {
        let parameter = Parameter(tensor)
        (parameter.value[1, 0..<2] * 2).sum().backward()
        let gradient = parameter.gradient?.floatArray ?? []
        #expect(gradient == (0..<24).map { (12..<20).contains($0) ? 2 : 0 })
    }
}
