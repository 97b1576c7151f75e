import LatheNN
import LatheTensor
import Testing

/// Each test runs in a process of its own: the number of threads is a setting of the whole process, and elsewhere
/// threads of other tests keep the pool busy.
@Suite("Same seed, same result")
struct DeterminismTests {
    @Test("one and two threads train an encoder with dropout to the same bits")
    func encoder() async {
        await #expect(processExitsWith: .success) {
            for precision in Precision.allCases { DeterminismTests().expectSameTraining { $0.trainEncoder(precision) } }
        }
    }

    @Test("one and two threads train a convolutional network to the same bits")
    func convolution() async {
        await #expect(processExitsWith: .success) { DeterminismTests().expectSameTraining { $0.trainConvolution() } }
    }

    /// Parameters and losses after 20 steps.
    private func trainEncoder(_ precision: Precision) -> [[UInt32]] {
        seeded(11) {
            let network = ToyEncoder(vocabulary: 100, tokens: 40, width: 64, heads: 4, classes: 5, dropout: 0.1)
            let optimizer = AdamW(ParameterGroup.standard(network, weightDecay: 0.01), learningRate: 0.001)
            return withTraining {
                withPrecision(precision) {
                    train(network, optimizer) { step in
                        let random = Tensor.randomUniform([17, 41], in: 0..<100, from: RandomSource(seed: step))
                            .floatArray.map { Int32($0) }
                        let ids = Tensor(random, shape: [17, 41]).sliced(0..<40, axis: 1)
                        return network(ids).crossEntropy(Tensor((0..<17).map { random[41 * $0 + 40] % 5 }))
                    }
                }
            }
        }
    }

    private func trainConvolution() -> [[UInt32]] {
        seeded(12) {
            let network = ToyConvolution(classes: 5)
            let optimizer = SGD([ParameterGroup(network, weightDecay: 0.01)], learningRate: 0.05, momentum: 0.9)
            return withTraining {
                train(network, optimizer) { step in
                    let images = Tensor.randomNormal([67, 1, 8, 8], from: RandomSource(seed: step))
                    return network(images).crossEntropy(Tensor((0..<67).map { Int32($0 % 5) }))
                }
            }
        }
    }

    private func train(_ network: some Module, _ optimizer: any Optimizer, _ loss: (UInt64) -> Tensor) -> [[UInt32]] {
        var losses: [UInt32] = []
        for step in 0..<20 {
            network.clearGradients()
            let loss = loss(UInt64(step))
            loss.backward()
            losses.append(loss.scalar.bitPattern)
            optimizer.step(gradientScale: optimizer.clipGradients(to: 1).scale)
        }
        return [losses] + network.parameters.map { bits($0.detached) }
    }

    private func expectSameTraining(_ location: SourceLocation = #_sourceLocation, _ train: (Self) -> [[UInt32]]) {
        let results = [1, 2].map { count in
            Kernels.threadCount = count
            return train(self)
        }
        #expect(results[0] == results[1], sourceLocation: location)
        #expect(results[0][0].allSatisfy { Float(bitPattern: $0).isFinite }, sourceLocation: location)
    }
}
