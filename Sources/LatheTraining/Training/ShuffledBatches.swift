import LatheTensor

/// Cuts the numbers `0..<count` into batches, in an order that depends on the seed and the epoch only.
package struct ShuffledBatches: Sendable {
    package let count: Int
    package let batchSize: Int
    package let seed: UInt64

    package init(count: Int, batchSize: Int, seed: UInt64) {
        precondition(count > 0 && batchSize > 0, "\(count) examples in batches of \(batchSize)")
        self.count = count
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Batches in one epoch; the last may be smaller.
    package var batchesPerEpoch: Int { (count + batchSize - 1) / batchSize }

    /// The batches of one epoch, as indices of examples.
    package func batches(epoch: Int) -> [[Int]] {
        var generator = SplitMix64(seed: seed &+ UInt64(epoch) &* 0x9E37_79B9_7F4A_7C15)
        let order = generator.shuffled(Array(0..<count))
        return stride(from: 0, to: count, by: batchSize).map { Array(order[$0..<min($0 + batchSize, count)]) }
    }
}
