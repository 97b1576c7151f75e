import Foundation
import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import Testing

/// Networks whose weights are laid out at their first product, which eight threads ask for at once.
@Suite("Networks that threads share", .serialized)
struct SharedNetworkTests {
    private static let threadCount = 8
    private static let formats: [WeightFormat] = [.w8a8, .float32]

    /// What each thread computes with a network of which nothing was laid out before, and what a single caller does.
    private func results<Network>(
        _ make: () -> sending Network, _ compute: @escaping @Sendable (Network, _ thread: Int) -> [Float]
    ) -> (shared: [[Float]], alone: [[Float]]) {
        let shared = FrozenNetwork(make()), alone = FrozenNetwork(make())
        let found = Collected(count: Self.threadCount)
        DispatchQueue.concurrentPerform(iterations: Self.threadCount) { thread in
            found.set(thread, shared.run { compute($0, thread) })
        }
        return (found.all, (0..<Self.threadCount).map { thread in alone.run { compute($0, thread) } })
    }

    private static func ids(_ thread: Int, count: Int) -> [Int32] {
        (0..<count).map { Int32(($0 * 7 + thread * 5) % 19 + 1) }
    }

    @Test("A packed BERT", arguments: formats)
    func bert(_ format: WeightFormat) {
        let encoder = EncoderConfiguration(hiddenSize: 32, layerCount: 3, headCount: 4, intermediateSize: 64)
        let sizes = BertConfiguration(encoder: encoder, vocabularySize: 20, positionCount: 40, labelCount: 3)
        let results = results {
            let network = withRandomSource(RandomSource(seed: 1)) { BertForSequenceClassification(sizes) }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let texts = (0..<3).map { Self.ids(thread + $0, count: 5 + 4 * thread + $0) }
            return network(TokenBatch(joining: texts)).floatArray
        }
        #expect(results.shared == results.alone)
    }

    @Test("A packed GPT-2, each thread with a cache of its own", arguments: formats)
    func gpt2(_ format: WeightFormat) {
        let sizes = GPT2Configuration(
            vocabularySize: 20, positionCount: 64, hiddenSize: 32, layerCount: 2, headCount: 4)
        let results = results {
            let network = withRandomSource(RandomSource(seed: 2)) { GPT2LMHeadModel(sizes) }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let cache = network.makeCache(capacity: 40)
            var logits = network.lastLogits(Self.ids(thread, count: 9 + thread), continuing: cache).floatArray
            for step in 0..<12 {
                logits += network.lastLogits(Self.ids(thread + step, count: 1), continuing: cache).floatArray
            }
            return logits
        }
        #expect(results.shared == results.alone)
    }

    @Test("A packed residual network", arguments: formats)
    func resnet(_ format: WeightFormat) {
        let results = results {
            let network = withRandomSource(RandomSource(seed: 3)) {
                ResNet(ResNetConfiguration(depth: 14, labelCount: 5))
            }
            network.packWeights(format)
            return network
        } _: { network, thread in
            let source = RandomSource(seed: UInt64(thread))
            return network(.randomNormal([2, 3, 16 + thread, 16], from: source)).floatArray
        }
        #expect(results.shared == results.alone)
    }
}

/// The results of several threads.
private final class Collected: @unchecked Sendable {
    // Unchecked: behind the lock.
    private let lock = NSLock()
    private var results: [[Float]]

    init(count: Int) { results = Array(repeating: [], count: count) }

    var all: [[Float]] { lock.withLock { results } }

    func set(_ index: Int, _ result: [Float]) { lock.withLock { results[index] = result } }
}
