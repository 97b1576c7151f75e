import LatheNN
import LatheTensor
import Testing

@Suite("Learning")
struct LearningTests {
    private let xorInputs = Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], shape: [4, 2])
    private let xorLabels = Tensor([0, 1, 1, 0] as [Int32])

    @Test(
        "a perceptron with one hidden layer learns XOR, with f32 and with bf16 products", arguments: Precision.allCases)
    func exclusiveOr(precision: Precision) {
        let network = seeded(3) { ToyPerceptron(inputs: 2, hidden: 16, classes: 2) }
        let optimizer = AdamW(ParameterGroup.standard(network, weightDecay: 0.01), learningRate: 0.03)
        var losses: [Float] = []
        for _ in 0..<200 {
            network.clearGradients()
            withPrecision(precision) {
                let loss = network(xorInputs).crossEntropy(xorLabels)
                loss.backward()
                losses.append(loss.scalar)
            }
            optimizer.step()
        }
        #expect(losses[0] > 0.5)
        #expect(losses[199] < 0.05)
        #expect(network.parameters.allSatisfy { $0.detached.dtype == .float32 })
        #expect(withInference { network(xorInputs).argmax().int32Array } == [0, 1, 1, 0])
    }

    @Test("gradient descent learns XOR too", arguments: [false, true])
    func exclusiveOrByDescent(isNesterov: Bool) {
        let network = seeded(3) { ToyPerceptron(inputs: 2, hidden: 16, classes: 2) }
        let optimizer = SGD([ParameterGroup(network)], learningRate: 0.2, momentum: 0.9, isNesterov: isNesterov)
        var last: Float = .infinity
        for _ in 0..<300 {
            network.clearGradients()
            let loss = network(xorInputs).crossEntropy(xorLabels)
            loss.backward()
            last = loss.scalar
            optimizer.step(gradientScale: optimizer.clipGradients(to: 1).scale)
        }
        #expect(last < 0.05)
    }

    @Test("attention learns to look up the token that the last one points at")
    func lookup() {
        let network = seeded(5) { ToyEncoder(vocabulary: 8, tokens: 5, width: 32, heads: 4, classes: 4) }
        let optimizer = AdamW(ParameterGroup.standard(network, weightDecay: 0.01), learningRate: 0.01)
        let schedule = LearningRateSchedule(.linear, warmupSteps: 20, totalSteps: 300)
        for step in 0..<300 {
            let (ids, labels) = Self.pointers(count: 64, seed: UInt64(step))
            optimizer.learningRate = 0.01 * Float(schedule.factor(at: step))
            network.clearGradients()
            withTraining { network(ids).crossEntropy(labels) }.backward()
            optimizer.step(gradientScale: optimizer.clipGradients(to: 1).scale)
        }
        let (ids, labels) = Self.pointers(count: 256, seed: 1_000_000)
        let logits = withInference { network(ids) }
        #expect(logits.crossEntropy(labels).scalar < 0.1)
        let right = zip(logits.argmax().int32Array, labels.int32Array).count { $0 == $1 }
        #expect(right >= 245)
    }

    @Test("a convolutional network with batch normalisation learns where a bright spot is")
    func spots() {
        let network = seeded(6) { ToyConvolution(classes: 4) }
        let optimizer = AdamW(ParameterGroup.standard(network, weightDecay: 0.01), learningRate: 0.01)
        for step in 0..<60 {
            let (images, labels) = Self.spots(count: 32, seed: UInt64(step))
            network.clearGradients()
            withTraining { network(images).crossEntropy(labels) }.backward()
            optimizer.step()
        }
        let (images, labels) = Self.spots(count: 128, seed: 1_000_000)
        let loss = withInference { network(images) }.crossEntropy(labels).scalar
        #expect(loss < 0.1)
    }

    /// Four digits 0…3 and a pointer 4…7; the label is the digit that the pointer names.
    private static func pointers(count: Int, seed: UInt64) -> (ids: Tensor, labels: Tensor) {
        let random = Tensor.randomUniform([count, 5], in: 0..<4, from: RandomSource(seed: 77 + seed)).floatArray.map {
            Int32($0)
        }
        var ids = random, labels: [Int32] = []
        for row in 0..<count {
            labels.append(random[5 * row + Int(random[5 * row + 4])])
            ids[5 * row + 4] += 4
        }
        return (Tensor(ids, shape: [count, 5]), Tensor(labels))
    }

    /// Noise with a bright pixel in one of four quarters.
    private static func spots(count: Int, seed: UInt64) -> (images: Tensor, labels: Tensor) {
        let source = RandomSource(seed: 99 + seed)
        var images = Tensor.randomNormal([count, 1, 8, 8], deviation: 0.2, from: source).floatArray
        let places = Tensor.randomUniform([count, 2], in: 0..<8, from: source).floatArray.map { Int($0) }
        var labels: [Int32] = []
        for image in 0..<count {
            let (row, column) = (places[2 * image], places[2 * image + 1])
            images[64 * image + 8 * row + column] += 4
            labels.append(Int32(2 * (row / 4) + column / 4))
        }
        return (Tensor(images, shape: [count, 1, 8, 8]), Tensor(labels))
    }
}
