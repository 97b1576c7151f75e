import LatheTensor
import LatheTraining
import Testing

@Suite("Batches of similar length")
struct LengthBucketedBatchesTests {
    static func lengths(_ count: Int) -> [Int] {
        var random = SplitMix64(seed: 9)
        return (0..<count).map { _ in 3 + random.integer(below: 60) }
    }

    @Test("Each example once, batches full but one", arguments: [1, 7, 8, 9, 64, 100, 257, 1_000])
    func coverage(count: Int) {
        for batchSize in [1, 8, 32, 2_000] {
            let batches = LengthBucketedBatches(lengths: Self.lengths(count), batchSize: batchSize, seed: 1)
            for epoch in 0..<3 {
                let epochBatches = batches.batches(epoch: epoch)
                #expect(epochBatches.count == batches.batchesPerEpoch)
                #expect(epochBatches.flatMap { $0 }.sorted() == Array(0..<count))
                #expect(epochBatches.count { $0.count != batchSize } == (count.isMultiple(of: batchSize) ? 0 : 1))
            }
        }
    }

    @Test("The same seed and epoch give the same batches, others give others")
    func determinism() {
        let lengths = Self.lengths(500)
        let one = LengthBucketedBatches(lengths: lengths, batchSize: 16, seed: 5)
        let two = LengthBucketedBatches(lengths: lengths, batchSize: 16, seed: 5)
        #expect(one.batches(epoch: 2) == two.batches(epoch: 2))
        #expect(one.batches(epoch: 0) != one.batches(epoch: 1))
        let other = LengthBucketedBatches(lengths: lengths, batchSize: 16, seed: 6)
        #expect(one.batches(epoch: 0) != other.batches(epoch: 0))
    }

    @Test("Within a window, batches are sorted by length and do not overlap; the windows are the permutation's")
    func windows() {
        let lengths = Self.lengths(600)
        let bucketed = LengthBucketedBatches(lengths: lengths, batchSize: 10, windowBatches: 4, seed: 2)
        let windows = ShuffledBatches(count: 600, batchSize: 40, seed: 2).batches(epoch: 1)
        let batches = bucketed.batches(epoch: 1)
        for window in windows {
            let members = Set(window)
            let parts = batches.filter { members.contains($0[0]) }
            #expect(parts.count == 4)
            #expect(Set(parts.flatMap { $0 }) == members)
            // Put in order, the batches are the sorted window.
            let runs = parts.map { part in part.map { lengths[$0] } }.sorted { ($0[0], $0[9]) < ($1[0], $1[9]) }
            #expect(runs.flatMap { $0 } == window.map { lengths[$0] }.sorted())
        }
    }

    @Test("Padding is far less than that of plain shuffling, and batches do not come sorted")
    func padding() {
        let lengths = Self.lengths(4_096)
        func padded(_ batches: [[Int]]) -> Int {
            batches.reduce(0) { sum, batch in sum + batch.count * (batch.map { lengths[$0] }.max() ?? 0) }
        }
        let bucketed = LengthBucketedBatches(lengths: lengths, batchSize: 32, seed: 4).batches(epoch: 0)
        let plain = ShuffledBatches(count: 4_096, batchSize: 32, seed: 4).batches(epoch: 0)
        let tokens = lengths.reduce(0, +)
        #expect(padded(bucketed) - tokens < (padded(plain) - tokens) / 4)
        let longest = bucketed.map { batch in batch.map { lengths[$0] }.max() ?? 0 }
        // Left in the order of their windows of eight, one batch in eight would be followed by a shorter one.
        #expect(zip(longest, longest.dropFirst()).count { $0 > $1 } > longest.count / 3)
    }
}
