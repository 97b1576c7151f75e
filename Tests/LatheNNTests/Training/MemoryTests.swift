import LatheNN
import LatheTensor
import Testing

private final class Perceptron: Module {
    @Child("hidden") var hidden: Linear
    @Child("output") var output: Linear

    init() {
        hidden = Linear(inputs: 64, outputs: 200)
        output = Linear(inputs: 200, outputs: 10)
    }

    func callAsFunction(_ input: Tensor) -> Tensor { output(hidden(input, activation: .gelu).dropout(0.1)) }
}

@Suite("Memory of a training step")
struct MemoryTests {
    @Test("After the first step, training with AdamW asks the system for nothing")
    func repeatedStep() async {
        // A process of its own: nothing else uses the pool there.
        await #expect(processExitsWith: .success) {
            let network = Perceptron()
            let optimizer = AdamW([ParameterGroup(network)], learningRate: 1e-3)
            let input = Tensor.randomNormal([50, 64]), labels = Tensor((0..<50).map { Int32($0 % 10) })
            var allocations: [Int] = []
            for _ in 0..<4 {
                network(input).crossEntropy(labels).backward()
                optimizer.step(gradientScale: optimizer.clipGradients(to: 1).scale)
                optimizer.clearGradients()
                allocations.append(MemoryPool.shared.statistics.systemAllocations)
            }
            #expect(Set(allocations).count == 1, "\(allocations)")
        }
    }
}
