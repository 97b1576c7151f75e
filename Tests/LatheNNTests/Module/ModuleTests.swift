import LatheNN
import LatheTensor
import Testing

@Suite("Module")
struct ModuleTests {
    @Test("paths join the declared names, in the order of declaration, parents first")
    func paths() {
        let stack = Stack(layers: 2, hasHead: true)
        #expect(
            stack.namedModules.map(\.path) == [
                "", "encoder.layer.0", "encoder.layer.0.dense", "encoder.layer.0.LayerNorm", "encoder.layer.1",
                "encoder.layer.1.dense",
                "encoder.layer.1.LayerNorm", "head",
            ])
        #expect(
            stack.namedParameters.map(\.path) == [
                "encoder.layer.0.dense.weight", "encoder.layer.0.dense.bias", "encoder.layer.0.LayerNorm.weight",
                "encoder.layer.0.LayerNorm.bias", "encoder.layer.1.dense.weight", "encoder.layer.1.dense.bias",
                "encoder.layer.1.LayerNorm.weight", "encoder.layer.1.LayerNorm.bias", "head.weight", "scale",
            ])
        #expect(stack.namedTensors.map(\.path) == stack.namedParameters.map(\.path))
        #expect(stack.parameterCount == 2 * (6 + 2 + 2 + 2) + 8 + 1)
    }

    @Test("parts that are missing leave no trace")
    func missing() {
        let stack = Stack(layers: 0, hasHead: false)
        #expect(stack.namedModules.map(\.path) == [""])
        #expect(stack.namedParameters.map(\.path) == ["scale"])
    }

    @Test("a tied parameter has two paths and counts once")
    func tied() {
        let network = ToyTied()
        #expect(network.namedParameters.map(\.path) == ["embedding.weight", "head.weight", "head.bias"])
        #expect(network.parameters.count == 2)
        #expect(network.parameterCount == 15 + 5)
    }

    @Test("clearing forgets all gradients")
    func clearing() {
        let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
        network(.randomNormal([4, 3], from: RandomSource(seed: 1))).sum().backward()
        #expect(network.parameters.allSatisfy { $0.gradient != nil })
        network.clearGradients()
        #expect(network.parameters.allSatisfy { $0.gradient == nil })
    }

    @Test("a packed weight takes the place of the dense one: no parameter, stored tensors of its own, its own product")
    func packed() {
        let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
        let weight = PackedPlaceholder(network.dense.parameters[0].detached)
        network.dense.weight = .packed(weight)
        #expect(network.namedParameters.map(\.path) == ["dense.bias", "LayerNorm.weight", "LayerNorm.bias"])
        #expect(
            network.namedTensors.map(\.path) == [
                "dense.weight", "dense.weight_scale", "dense.bias", "LayerNorm.weight", "LayerNorm.bias",
            ])
        #expect((network.dense.inputs, network.dense.outputs) == (3, 2))
        expectClose(network.dense(.ones([4, 3])), Array(repeating: 7, count: 8), shape: [4, 2])
    }
}

/// Modules in an array, one that may be missing, and a parameter of its own.
private final class Stack: Module {
    @Child("encoder.layer") var layers: [ToyNorm]
    @Child("head") var head: Linear?
    @Child("scale") var scale: Parameter

    init(layers count: Int, hasHead: Bool) {
        layers = (0..<count).map { _ in ToyNorm(inputs: 3, outputs: 2) }
        head = hasHead ? Linear(inputs: 2, outputs: 4, hasBias: false) : nil
        scale = Parameter(Tensor(1))
    }
}

/// Answers 7 to everything.
private final class PackedPlaceholder: PackedLinearWeight {
    let unpacked: Tensor
    let arithmetic = PackedMatrix.Arithmetic.float32
    var shape: [Int] { unpacked.shape }
    var byteCount: Int { unpacked.byteCount }
    var storedTensors: [(suffix: String, tensor: Tensor)] { [("", unpacked), ("_scale", Tensor(1))] }

    init(_ weight: Tensor) {
        unpacked = weight
    }

    func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        .full([4, outputs], 7)
    }
}
