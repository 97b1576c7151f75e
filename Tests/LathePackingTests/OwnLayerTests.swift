import LatheNN
import LathePacking
import LatheTensor
import LatheTestFiles
import Testing

/// A layer that Lathe does not have: the product with a weight whose rows have a common factor.
private final class FactoredLinear: ProductLayer, PackableLayer {
    static let kind = LayerKind.linear
    @Child("weight") var weight: WeightForm<any PackedLinearWeight>
    @Child("factor") var factor: Parameter
    @Child("") var activationTransforms: ActivationTransforms
    var bias: Parameter? { nil }

    init(inputs: Int, outputs: Int) {
        weight = .dense(Parameter(.randomUniform([outputs, inputs], in: -1..<1)))
        factor = Parameter(Tensor([0.5]))
        activationTransforms = ActivationTransforms()
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
        let input = activationTransforms(LinearInput(input), rowCount: input.shape[0])
        let product: Tensor
        switch weight {
        case .dense(let parameter): product = input.tensor.linear(parameter.value)
        case .transformed(let weight): product = input.tensor.linear(weight.tensors().weight)
        case .packed(let weight):
            product = weight.linear(
                input.prepared(for: weight.arithmetic), bias: nil, activation: .identity, residual: nil)
        }
        return product * factor.value
    }
}

private final class OwnNetwork: Module {
    @Child("first") var first: FactoredLinear
    @Child("second") var second: Linear

    init(seed: UInt64) {
        (first, second) = withRandomSource(RandomSource(seed: seed)) {
            (FactoredLinear(inputs: 24, outputs: 16), Linear(inputs: 16, outputs: 4))
        }
    }

    func callAsFunction(_ input: Tensor) -> Tensor { second(first(input)) }
}

@Suite("Layers of a type of a package's own")
struct OwnLayerTests {
    private let input = withRandomSource(RandomSource(seed: 5)) { Tensor.randomUniform([3, 24], in: -1..<1) }

    @Test("They are packed like linear layers, and their files give back the same outputs", arguments: [8, 4, 2, 1])
    func packs(bits: Int) throws {
        let format = try #require(WeightFormat(rawValue: "w\(bits)a8")), network = OwnNetwork(seed: 1)
        #expect(network.packWeights(format) == ["first", "second"])
        #expect(network.layerSchemes(includesActivations: false).map(\.scheme.weight?.bits) == [bits, bits])
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        let path = directory.path + "/model.safetensors", opened = OwnNetwork(seed: 2)
        try ModuleFile.save(network, to: path)
        try ModuleFile.load(path, into: opened)
        #expect(opened.first.weight.parameter == nil)
        #expect(withInference { opened(input).isIdentical(to: network(input)) })
    }

    @Test("Codes that training found are packed as they are")
    func packsExactly() throws {
        let network = OwnNetwork(seed: 1)
        network.first.attach(WeightQuantizer(bits: 8, groups: .rows))
        let before = withInference { network(input) }
        network.first.bakeWeight()
        #expect(network.packQuantizedWeights() == ["first"])
        let after = withInference { network(input) }
        #expect((after - before).largestMagnitude() < 1e-5)
    }
}
