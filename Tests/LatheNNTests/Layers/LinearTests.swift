import LatheNN
import LatheTensor
import Testing

@Suite("Linear")
struct LinearTests {
    @Test("multiplies, adds its bias, activates, adds a residual", arguments: Activation.allCases)
    func values(activation: Activation) {
        let layer = seeded { Linear(inputs: 5, outputs: 3) }
        let input = Tensor.randomNormal([2, 7, 5], from: RandomSource(seed: 2))
        let residual = Tensor.randomNormal([2, 7, 3], from: RandomSource(seed: 3))
        let x = input.floatArray, w = layer.parameters[0].detached.floatArray,
            b = layer.parameters[1].detached.floatArray
        let plain = (0..<14 * 3).map { index -> Float in
            let (row, output) = (index / 3, index % 3)
            return Float(
                (0..<5).reduce(Double(b[output])) { $0 + Double(x[5 * row + $1]) * Double(w[5 * output + $1]) })
        }
        let expected = Tensor(plain, shape: [2, 7, 3]).activated(activation) + residual
        expectClose(layer(input), plain, shape: [2, 7, 3])
        expectClose(layer(input, activation: activation, residual: residual), expected.floatArray, shape: [2, 7, 3])
        expectSameBits(layer(LinearInput(input)), layer(input))
    }

    @Test("gradients agree with finite differences", arguments: Activation.allCases.filter { $0 != .relu })
    func gradients(activation: Activation) {
        let layer = seeded { Linear(inputs: 5, outputs: 3) }
        let input = Parameter(.randomNormal([4, 5], from: RandomSource(seed: 2)))
        let residual = Parameter(.randomNormal([4, 3], from: RandomSource(seed: 3)))
        expectGradients(of: [input, residual] + layer.parameters) {
            layer(input.value, activation: activation, residual: residual.value)
        }
    }

    @Test("has torch's names, shapes and default start")
    func start() {
        let layer = seeded { Linear(inputs: 25, outputs: 300) }
        #expect(layer.namedParameters.map(\.path) == ["weight", "bias"])
        #expect(layer.namedParameters.map(\.parameter.shape) == [[300, 25], [300]])
        for parameter in layer.parameters {
            #expect(parameter.detached.largestMagnitude() <= 0.2)
            #expect(parameter.detached.largestMagnitude() > 0.19)
        }
        #expect(Linear(inputs: 2, outputs: 2, hasBias: false).namedParameters.map(\.path) == ["weight"])
    }

    @Test("bf16 products round their operands and nothing else")
    func bfloat16() {
        let layer = seeded { Linear(inputs: 64, outputs: 16) }
        let input = Tensor.randomNormal([8, 64], from: RandomSource(seed: 2))
        let rounded = Linear(inputs: 64, outputs: 16)
        rounded.parameters[0].value = layer.parameters[0].detached.cast(to: .bfloat16).cast(to: .float32)
        rounded.parameters[1].value = layer.parameters[1].detached
        let expected = rounded(input.cast(to: .bfloat16).cast(to: .float32))
        expectClose(withPrecision(.bfloat16) { layer(input) }, expected.floatArray, shape: [8, 16])
    }
}
