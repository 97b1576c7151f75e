import LatheNN
import LatheTensor
import Testing

@Suite("Gradient clipping")
struct GradientNormTests {
    private let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
    private var optimizer: SGD { SGD(ParameterGroup.standard(network, weightDecay: 0), learningRate: 1) }

    @Test("measures all gradients together, and skips missing ones")
    func norm() {
        network.dense.parameters[0].gradient = .full([2, 3], 2)
        network.norm.bias.gradient = Tensor([3, -4] as [Float])
        let gradients = optimizer.clipGradients(to: nil)
        #expect(gradients == GradientNorm(norm: 7, scale: 1))
        #expect(optimizer.clipGradients(to: nil, scale: 0.5) == GradientNorm(norm: 3.5, scale: 0.5))
    }

    @Test("scales a large norm down to the limit in the next step, and leaves a small one alone")
    func clipping() {
        network.norm.bias.gradient = Tensor([3, -4] as [Float])
        let small = optimizer.clipGradients(to: 6)
        #expect(small.scale == 1)
        let large = optimizer.clipGradients(to: 0.5, scale: 0.25)
        #expect(large.norm == 1.25)
        #expect(abs(large.scale - 0.25 * 0.5 / 1.250001) < 1e-8)
        optimizer.step(gradientScale: large.scale)
        expectClose(network.norm.bias.detached, [-0.3, 0.4], shape: [2])
    }

    @Test("names the first parameter with a gradient that is no number", arguments: [Float.nan, .infinity])
    func nonFinite(value: Float) {
        network.dense.parameters[0].gradient = .ones([2, 3])
        network.dense.parameters[1].gradient = Tensor([0, value])
        network.norm.bias.gradient = Tensor([value, 0])
        let gradients = optimizer.clipGradients(to: 1)
        #expect(!gradients.norm.isFinite)
        #expect(gradients.firstNonFinitePath == "dense.bias")
    }

    @Test("without any gradient the norm is zero")
    func none() {
        #expect(optimizer.clipGradients(to: 1) == GradientNorm(norm: 0, scale: 1))
    }
}
