import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTestFiles
import Testing

/// Networks whose low-bit weights are prepacked at their first product, which eight threads ask for at once.
@Suite("Networks that threads share", .serialized)
struct SharedNetworkTests {
    private static let threadCount = 8
    /// Forms of weights with the new networks that a test makes of each. Only low-bit weights are prepacked at their
    /// first product. That moment comes once in the life of a network, and threads that meet in it unguarded damage
    /// memory often and not always.
    private static let formats: [(format: WeightFormat, rounds: Int)] = [(.w8a8, 60), (.float32, 1)]

    /// Compares what each thread computes with a network that no thread has used before with the results of a single
    /// caller.
    private func compare<Network>(
        rounds: Int, _ make: () -> sending Network,
        _ compute: @escaping @Sendable (Network, _ thread: Int) -> [Float]
    ) {
        let network = FrozenNetwork(make())
        let alone = (0..<Self.threadCount).map { thread in network.run { compute($0, thread) } }
        for round in 0..<rounds {
            let network = FrozenNetwork(make())
            let shared = SimultaneousThreads.results(count: Self.threadCount) { thread in
                network.run { compute($0, thread) }
            }
            #expect(shared == alone, "round \(round)")
        }
    }

    private static func ids(_ thread: Int, count: Int) -> [Int32] {
        (0..<count).map { Int32(($0 * 7 + thread * 5) % 19 + 1) }
    }

    @Test("A packed BERT", arguments: formats)
    func bert(_ format: WeightFormat, rounds: Int) {
        let encoder = EncoderConfiguration(hiddenSize: 32, layerCount: 3, headCount: 4, intermediateSize: 64)
        let sizes = BertConfiguration(encoder: encoder, vocabularySize: 20, positionCount: 40, labelCount: 3)
        compare(rounds: rounds) {
            let network = withRandomSource(RandomSource(seed: 1)) { BertForSequenceClassification(sizes) }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let texts = (0..<2).map { Self.ids(thread + $0, count: 3 + thread + $0) }
            return network(TokenBatch(joining: texts)).floatArray
        }
    }

    @Test("A packed GPT-2, each thread with a cache of its own", arguments: formats)
    func gpt2(_ format: WeightFormat, rounds: Int) {
        let sizes = GPT2Configuration(
            vocabularySize: 20, positionCount: 64, hiddenSize: 32, layerCount: 2, headCount: 4)
        compare(rounds: rounds) {
            let network = withRandomSource(RandomSource(seed: 2)) { GPT2LMHeadModel(sizes) }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let cache = network.makeCache(capacity: 40)
            var logits = network.lastLogits(Self.ids(thread, count: 4 + thread), continuing: cache).floatArray
            for step in 0..<3 {
                logits += network.lastLogits(Self.ids(thread + step, count: 1), continuing: cache).floatArray
            }
            return logits
        }
    }

    @Test("A packed residual network", arguments: formats)
    func resnet(_ format: WeightFormat, rounds: Int) {
        compare(rounds: rounds) {
            let network = withRandomSource(RandomSource(seed: 3)) {
                ResNet(ResNetConfiguration(depth: 14, labelCount: 5))
            }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let source = RandomSource(seed: UInt64(thread))
            return network(.randomNormal([1, 3, 8 + thread, 8], from: source)).floatArray
        }
    }
}
