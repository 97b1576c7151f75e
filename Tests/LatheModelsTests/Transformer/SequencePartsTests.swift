import LatheTensor
import Testing

@testable import LatheModels

@Suite("Parts of a batch")
struct SequencePartsTests {
    /// Sequences of these lengths, joined, and how many tokens each part of each group gets.
    private func tokens(_ lengths: [Int], threads: Int) -> [[Int]] {
        let hidden = Tensor.zeros([1, lengths.reduce(0, +), 1])
        return SequenceParts(hidden, .joined(lengths: lengths), threads: threads).groups.map { $0.map(\.range.count) }
    }

    @Test("Equal sequences go to as many groups as there are threads, in parts that caches hold")
    func equalSequences() {
        #expect(tokens([128, 128, 128, 128], threads: 2) == [[128, 128], [128, 128]])
        #expect(tokens([64, 64, 64, 64], threads: 2) == [[128], [128]])
        #expect(tokens([300, 300], threads: 2) == [[300], [300]])
    }

    @Test("Sequences that do not go up are worked on by all threads together")
    func unequalSequences() {
        #expect(tokens([128, 128, 128], threads: 2) == [[128, 128, 128]])
        #expect(tokens([100, 20], threads: 2) == [[120]])
        // One sequence is the whole batch: a single row.
        #expect(tokens([128], threads: 2) == [[1]])
    }

    @Test("Parts hold all tokens in order, whatever the lengths", arguments: 1...4)
    func cover(threads: Int) {
        for lengths in [[1], [5, 3], [128, 1, 127, 90, 38], [500, 1, 1, 1], Array(repeating: 31, count: 23)] {
            let hidden = Tensor.zeros([1, lengths.reduce(0, +), 1])
            let parts = SequenceParts(hidden, .joined(lengths: lengths), threads: threads).groups.flatMap { $0 }
            guard parts.count > 1 else { continue }
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.range.upperBound == $1.range.lowerBound })
            #expect(parts.first?.range.lowerBound == 0 && parts.last?.range.upperBound == hidden.shape[1])
            #expect(parts.flatMap(\.lengths) == lengths)
        }
    }
}

extension SequenceParts.Part {
    fileprivate var lengths: [Int] {
        switch layout {
        case .joined(let lengths): lengths
        case .padded: []
        }
    }
}

/// The bits that an int8 encoder gives for four padded sequences, and for six joined ones.
private func encodedBits(threads: Int) -> [[UInt32]] {
    Kernels.threadCount = threads
    return withRandomSource(RandomSource(seed: 3)) {
        let encoder = Encoder(EncoderConfiguration(hiddenSize: 32, layerCount: 2, headCount: 2, intermediateSize: 64))
        encoder.packWeights(.w8a8)
        let padded = Tensor.randomNormal([4, 70, 32]), lengths = [60, 62, 61, 59, 60, 60],
            joined = Tensor.randomNormal([1, lengths.reduce(0, +), 32])
        let mask = Tensor((0..<280).map { $0 % 70 > 60 ? -Float.infinity : 0 }, shape: [4, 70])
        return withInference {
            [encoder(padded, layout: .padded(keyMask: mask)), encoder(joined, layout: .joined(lengths: lengths))].map {
                $0.floatArray.map(\.bitPattern)
            }
        }
    }
}

/// In a process of its own: elsewhere, threads of other tests keep the pool busy and everything runs on one thread.
@Suite("Threads of an encoder")
struct EncoderThreadTests {
    @Test("An int8 encoder gives the same bits on one, two and three threads")
    func threads() async {
        await #expect(processExitsWith: .success) {
            let one = encodedBits(threads: 1)
            #expect(one == encodedBits(threads: 2))
            #expect(one == encodedBits(threads: 3))
            #expect(Set(one[0]).count > 100)
        }
    }
}
