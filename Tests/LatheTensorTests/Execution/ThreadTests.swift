import LatheTensor
import Testing

/// A small network with a convolution, attention with dropout, normalisation and a linear layer, trained for 20 steps:
/// the losses' bits.
private func trainedLosses(threads: Int) -> [UInt32] {
    Kernels.threadCount = threads
    return withRandomSource(RandomSource(seed: 4)) {
        let kernel = Parameter(.randomNormal([32, 3, 2, 2], deviation: 0.3))
        let projections = (0..<3).map { _ in Parameter(.randomNormal([32, 32], deviation: 0.2)) }
        let gain = Parameter(.ones([32])), bias = Parameter(.zeros([32]))
        let wide = Parameter(.randomNormal([128, 32], deviation: 0.2)), wideBias = Parameter(.zeros([128]))
        let last = Parameter(.randomNormal([7, 128], deviation: 0.2))
        let parameters = [kernel, gain, bias, wide, wideBias, last] + projections
        var moments = parameters.map { [Tensor.zeros($0.shape), Tensor.zeros($0.shape)] }
        let images = Tensor.randomUniform([6, 3, 20, 20], in: -1..<1), labels = wholeNumbers([6], below: 7)
        var options = AttentionOptions(heads: 4)
        options.dropout = 0.1
        return (1...20).map { step in
            let patches = images.conv2d(kernel.value, options: .init(stride: 2)).reshaped([6, 32, 100]).transposed()
            let attended = Tensor.attention(
                query: patches.linear(projections[0].value), key: patches.linear(projections[1].value),
                value: patches.linear(projections[2].value),
                options: options)
            let normal = (patches + attended).layerNorm(gain: gain.value, bias: bias.value, epsilon: 1e-5)
            let hidden = normal.linear(wide.value, bias: wideBias.value, activation: .gelu).dropout(0.1)
            let products = hidden.matmul(hidden.transposed()).softmax().matmul(hidden)
            let loss = products.mean(axis: 1).linear(last.value).crossEntropy(labels)
            loss.backward()
            for (index, parameter) in parameters.enumerated() {
                let update = AdamUpdate(
                    learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, isDecoupled: true,
                    step: step, gradientScale: 1)
                if let gradient = parameter.gradient {
                    parameter.update(update, gradient: gradient, moments: &moments[index])
                }
                parameter.gradient = nil
            }
            return loss.scalar.bitPattern
        }
    }
}

/// The bits of large random tensors and of a dropout.
private func drawnBits(threads: Int) -> [[UInt32]] {
    Kernels.threadCount = threads
    let source = RandomSource(seed: 6)
    let draws = [
        Tensor.randomUniform([300_007], in: 0..<1, from: source), Tensor.randomNormal([300_007], from: source),
        Tensor.ones([300_007]).dropout(0.3, from: source),
    ]
    return draws.map { $0.floatArray.map(\.bitPattern) }
}

/// Each test runs in a process of its own: elsewhere, threads of other tests keep the pool busy and everything runs on
/// one thread.
@Suite("Threads")
struct ThreadTests {
    @Test("Training gives the same losses, bit for bit, on one, two and three threads")
    func training() async {
        await #expect(processExitsWith: .success) {
            let one = trainedLosses(threads: 1)
            #expect(one == trainedLosses(threads: 2))
            #expect(one == trainedLosses(threads: 3))
            // The losses have to fall, or this would compare nothing.
            #expect(Float(bitPattern: one[19]) < Float(bitPattern: one[0]) * 0.9)
        }
    }

    @Test("Random numbers and masks are the same on one and two threads")
    func random() async {
        await #expect(processExitsWith: .success) { #expect(drawnBits(threads: 1) == drawnBits(threads: 2)) }
    }

    @Test("Sums over many chunks are the same on one, two and five threads")
    func reductions() async {
        await #expect(processExitsWith: .success) {
            let x = Tensor.randomNormal([1_000_000], from: RandomSource(seed: 1)), rows = x.reshaped([10_000, 100])
            func results(_ threads: Int) -> [[Float]] {
                Kernels.threadCount = threads
                // Parts of many lengths, since another order of adding happens to give the same bits now and then.
                let totals = (0..<50).map { x.sliced(0..<1_000_000 - 9973 * $0) }.flatMap {
                    [$0.sum().scalar, $0.sumOfSquares()]
                }
                return [totals, rows.sum(axis: 0).floatArray, rows.sum(axis: 1).floatArray]
            }
            #expect(results(1) == results(2))
            #expect(results(1) == results(5))
        }
    }

    @Test("The number of threads can be read and set, one at least")
    func count() async {
        await #expect(processExitsWith: .success) {
            #expect(Kernels.threadCount >= 1)
            Kernels.threadCount = 3
            #expect(Kernels.threadCount == 3)
            Kernels.threadCount = 0
            #expect(Kernels.threadCount == 1)
        }
    }

    @Test("Tasks on several threads compute at the same time")
    func concurrentTasks() async {
        let x = numbers([100, 300]), weight = numbers([50, 300], seed: 2)
        let expected = x.linear(weight).floatArray
        let values = (x.floatArray, weight.floatArray)
        await withTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    Tensor(values.0, shape: [100, 300]).linear(Tensor(values.1, shape: [50, 300])).floatArray
                }
            }
            for await result in group { #expect(result == expected) }
        }
    }
}
