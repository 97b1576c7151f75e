import LatheNN
import LatheTensor
import Testing

private final class TwoLayers: Module {
    @Child("first") var first: Linear
    @Child("second") var second: Linear
    @Child("idle") var idle: Linear

    init() {
        (first, second) = (Linear(inputs: 3, outputs: 4), Linear(inputs: 4, outputs: 2))
        idle = Linear(inputs: 1, outputs: 1)
    }

    func callAsFunction(_ input: Tensor) -> Tensor { second(first(input)) }
}

struct ActivationObserverTests {
    private let network = withRandomSource(RandomSource(seed: 1)) { TwoLayers() }
    private let input = Tensor([1, -2, 3, 0, 0, 6] as [Float], shape: [2, 3])

    @Test func inputsOfTheLayersThatRunAreSeenAsTheyCome() {
        network.first.activationTransforms.append(ActivationQuantizer(bits: 3))
        let before = network(input).floatArray
        var during: [Float] = []
        let seen = network.observingInputs { during = network(input).floatArray }
        #expect(during == before)
        #expect(Set(seen.keys) == ["first", "second"])
        #expect(seen["first"]?.count == 6)
        #expect(seen["first"]?.extremes?.low == -2 && seen["first"]?.extremes?.high == 6)
        #expect(seen["first"]?.zeroCount == 2)
        #expect(network.first.activationTransforms.list.count == 1)
    }

    @Test func nothingIsLeftBehindByWorkThatFails() {
        struct Failure: Error {}
        #expect(throws: Failure.self) { try network.observingInputs { throw Failure() } }
        #expect(network.second.activationTransforms.list.isEmpty)
    }
}
