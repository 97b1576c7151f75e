import LatheNN
import LatheTensor
import Testing

@Suite("Gradient accumulation")
struct AccumulationTests {
    private let network = seeded(2) { ToyEncoder(vocabulary: 9, tokens: 4, width: 8, heads: 2, classes: 3) }
    private let ids = Tensor([1, 4, 2, 8, 5, 7, 3, 3, 0, 6, 1, 2, 8, 8, 7, 0] as [Int32], shape: [4, 4])
    private let labels = Tensor([0, 2, 1, 1] as [Int32])

    @Test("calling backward several times adds up the gradients")
    func sum() {
        let parts = [0..<2, 2..<4].map { gradients(of: $0) }
        network.clearGradients()
        for range in [0..<2, 2..<4] { loss(range).backward() }
        for (parameter, (first, second)) in zip(network.parameters, zip(parts[0], parts[1])) {
            expectSameBits(parameter.gradient ?? .zeros([0]), first + second)
        }
    }

    @Test("two halves of a batch, averaged, step like the whole batch")
    func halves() {
        let whole = gradients(of: 0..<4)
        network.clearGradients()
        for range in [0..<2, 2..<4] { loss(range).backward() }
        for (parameter, expected) in zip(network.parameters, whole) {
            expectClose((parameter.gradient ?? .zeros([0])) * 0.5, expected.floatArray, shape: parameter.shape)
        }
        let optimizer = SGD([ParameterGroup(network)], learningRate: 0.5)
        let expected = zip(network.parameters, whole).map { ($0.detached - $1 * 0.5).floatArray }
        optimizer.step(gradientScale: 0.5)
        for (parameter, expected) in zip(network.parameters, expected) {
            expectClose(parameter.detached, expected, shape: parameter.shape)
        }
    }

    private func loss(_ range: Range<Int>) -> Tensor {
        network(ids.sliced(range)).crossEntropy(labels.sliced(range))
    }

    private func gradients(of range: Range<Int>) -> [Tensor] {
        network.clearGradients()
        loss(range).backward()
        return network.parameters.map { $0.gradient ?? .zeros([0]) }
    }
}
