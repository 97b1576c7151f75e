import LatheTensor

/// Cuts examples into batches of similar length, in an order that depends on the seed and the epoch only.
///
/// Each epoch is a random permutation cut into windows of `windowBatches` batches; a window is sorted by length and cut
/// into batches, and the batches of all windows are shuffled. So a batch needs little padding, and yet an example meets
/// others in every epoch.
package struct LengthBucketedBatches: Sendable {
    /// The length of each example, in tokens.
    package let lengths: [Int]
    /// Examples in a batch.
    package let batchSize: Int
    /// Batches in a window.
    package let windowBatches: Int
    /// What the order depends on.
    package let seed: UInt64

    /// Batches for examples of these lengths.
    /// - Precondition: there is an example, and the sizes are positive.
    package init(lengths: [Int], batchSize: Int, windowBatches: Int = 8, seed: UInt64) {
        precondition(
            !lengths.isEmpty && batchSize > 0 && windowBatches > 0,
            "\(lengths.count) examples in batches of \(batchSize), windows of \(windowBatches)")
        self.lengths = lengths
        self.batchSize = batchSize
        self.windowBatches = windowBatches
        self.seed = seed
    }

    /// Batches in one epoch; one of them may be smaller.
    package var batchesPerEpoch: Int { (lengths.count + batchSize - 1) / batchSize }

    /// The batches of one epoch, as indices of examples. Each example is in one batch.
    package func batches(epoch: Int) -> [[Int]] {
        let windowSize = batchSize > lengths.count / windowBatches ? lengths.count : batchSize * windowBatches
        let windows = ShuffledBatches(count: lengths.count, batchSize: windowSize, seed: seed).batches(epoch: epoch)
        var batches: [[Int]] = []
        batches.reserveCapacity(batchesPerEpoch)
        for window in windows {
            // The standard library's sort is stable, which makes the order one of lengths and permutation alone.
            let sorted = window.sorted { lengths[$0] < lengths[$1] }
            for start in stride(from: 0, to: sorted.count, by: batchSize) {
                batches.append(Array(sorted[start..<min(start + batchSize, sorted.count)]))
            }
        }
        // Other bits than the permutation's: the seed's complement begins another sequence.
        var random = SplitMix64(seed: ~seed &+ UInt64(bitPattern: Int64(epoch)) &* 0x9E37_79B9_7F4A_7C15)
        return random.shuffled(batches)
    }
}
