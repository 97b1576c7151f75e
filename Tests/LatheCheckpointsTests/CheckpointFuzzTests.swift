import Foundation
import LatheCheckpoints
import LatheTensor
import LatheTestFiles
import Testing

@Suite("Checkpoints with random damage")
struct CheckpointFuzzTests {
    /// Numbers and pieces that a random byte would seldom hit.
    private static let pieces: [[UInt8]] =
        [
            UInt32.max.littleEndianBytes, UInt32(1 << 31).littleEndianBytes, UInt32(0x7FFF_FFFF).littleEndianBytes,
            UInt64.max.littleEndianBytes, (UInt64.max / 2 + 1).littleEndianBytes, UInt64(1 << 31).littleEndianBytes,
            UInt32(0x0201_4b50).littleEndianBytes, UInt32(0x0403_4b50).littleEndianBytes,
            UInt32(0x0605_4b50).littleEndianBytes, UInt32(0x0606_4b50).littleEndianBytes,
            UInt32(0x0706_4b50).littleEndianBytes, [0x8A, 8] + UInt64(1 << 62).littleEndianBytes, [0x28], [0x74],
            [0x85],
            [0x52], [0x51], [0x62], [0x93], [0x94], [0x81], [0x2E], [0x7D], [0x5D], [0x29], [0x4E],
        ]
        + [
            "cos\nsystem\n", "cbuiltins\neval\n", "ctorch\nDoubleStorage\n", "../", "{", "}", "\"", ",",
            "9223372036854775807",
            "weight_map", "null",
        ].map { Array($0.utf8) }

    /// One to four changes: a bit, a byte or a number changed, a run removed or repeated, a piece put in, the end cut
    /// off.
    private static func damaged(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 1...12, using: &random))
            let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
            switch Int.random(in: 0..<16, using: &random) {
            case 0...3: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4...6: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 7...8: bytes[at] = bytes[at] &+ (Bool.random(using: &random) ? 1 : 255)
            case 9: bytes.removeSubrange(at..<end)
            case 10: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 11: bytes.insert(contentsOf: piece, at: at)
            case 12: bytes.replaceSubrange(at..<min(bytes.count, at + piece.count), with: piece)
            case 13: bytes.removeSubrange(at...)
            default: for index in at..<end { bytes[index] = bytes[Int.random(in: 0..<bytes.count, using: &random)] }
            }
        }
        return bytes
    }

    /// Reads every tensor and looks at every byte of it.
    private static func touch(_ file: TorchCheckpoint) throws {
        for entry in file.entries {
            guard let tensor = try? file.tensor(entry.name) else { continue }
            let touched = tensor.withUnsafeBytes { $0.reduce(into: 0) { count, _ in count += 1 } }
            #expect(touched == entry.elementCount * tensor.dtype.byteWidth)
        }
    }

    /// A small model with a view, a parameter and two storages, in both formats.
    private static func seeds() throws -> [[UInt8]] {
        typealias Bytes = PickleBytes
        let first = Bytes.tensor(Bytes.storage(count: 6), shape: [2, 3], strides: [1, 2])
        let second = Bytes.tensor(Bytes.storage("1", type: "LongStorage", count: 1), shape: [], strides: [])
        let parameter = Bytes.global("torch._utils", "_rebuild_parameter") + Bytes.tuple(first, [0x88], [0x7D]) + [0x52]
        let pickle = Bytes.pickle(Bytes.dictionary([("w", first), ("n", second), ("p", parameter)]))
        let storages = [[UInt8](repeating: 1, count: 24), [UInt8](repeating: 2, count: 8)]
        var large = ZipBytes.model(pickle: pickle, storages: storages)
        large.isLarge = true
        return [
            ZipBytes.model(pickle: pickle, storages: storages).bytes, large.bytes,
            try CheckpointFixture.bytes("legacy-4.bin"),
            try CheckpointFixture.bytes("parameters.bin"), try CheckpointFixture.bytes("types-4.bin"),
        ]
    }

    /// Opens damaged files of one seed and counts what comes of it.
    private static func damage(rounds: Int, number: UInt64) throws -> (opened: Int, kinds: Set<String>) {
        let seeds = try seeds()
        var random = SplitMix64(seed: 20_260_910 + number)
        var opened = 0
        var kinds: Set<String> = []
        for round in 0..<rounds {
            let bytes = damaged(seeds[round % seeds.count], &random)
            do {
                try touch(TorchCheckpoint(bytes: bytes, name: "f"))
                opened += 1
            } catch let error as CheckpointError {
                if round % 50 == 0 { #expect(error.description.hasPrefix("f")) }
                kinds.insert(kind(error))
            }
        }
        return (opened, kinds)
    }

    private static func kind(_ error: CheckpointError) -> String {
        switch error {
        case .pickle(let inner): "pickle " + label(inner.problem)
        case .zip(let inner): "zip " + label(inner)
        default: label(error)
        }
    }

    private static func label(_ error: Any) -> String {
        let mirror = Mirror(reflecting: error)
        return mirror.children.first?.label ?? "\(error)"
    }

    @Test(
        "Eighty thousand damaged files of torch.save throw or open, and never crash", .tags(.slow), .unlessQuick,
        arguments: [UInt64(0), 1])
    func torch(number: UInt64) throws {
        let (opened, kinds) = try Self.damage(rounds: 40_000, number: number)
        // The damage must be neither so mild that all open nor so coarse that one check catches everything.
        #expect(opened > 1_000 && opened < 30_000)
        #expect(kinds.count >= 30, "\(kinds.sorted())")
    }

    @Test("Ten thousand damaged pickles throw or are read, and never crash")
    func pickles() throws {
        typealias Bytes = PickleBytes
        let tensor = Bytes.tensor(Bytes.storage(count: 6), shape: [2, 3], strides: [3, 1])
        let seed = Bytes.pickle(Bytes.dictionary([("a", Bytes.tuple(tensor, [0x4E])), ("b", tensor)]), version: 4)
        var random = SplitMix64(seed: 3)
        var read = 0
        for _ in 0..<10_000 {
            let bytes = Self.damaged(seed, &random)
            if let pickle = try? PickleReader.read(bytes, file: "f") {
                read += 1
                #expect(pickle.containers.reduce(0) { $0 + $1.elements.count } <= 4 * bytes.count)
            }
        }
        #expect(read > 100 && read < 8_000)
    }

    /// The index of the fixtures in `sharded-torch`, with shorter names of the shards.
    private static let index = Array(
        #"{"metadata":{"total_size":288},"weight_map":{"encoder.weight":"a","encoder.bias":"a","head.weight":"b"}}"#
            .utf8)

    @Test("Twenty thousand damaged indices throw or are read, and never crash")
    func indices() {
        var random = SplitMix64(seed: 4)
        var read = 0
        var kinds: Set<String> = []
        for _ in 0..<20_000 {
            do throws(CheckpointError) {
                let index = try ShardIndex(bytes: Self.damaged(Self.index, &random), name: "f")
                read += 1
                #expect(index.shards.allSatisfy { !$0.contains("/") })
            } catch {
                kinds.insert(Self.kind(error))
            }
        }
        #expect(read > 1_000 && read < 10_000)
        #expect(kinds == ["malformedIndex", "malformedIndexKey", "unsafeShardName"])
    }

    @Test("Damaged indices on disk throw or open")
    func indicesOnDisk() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        try directory.copy("sharded-torch/pytorch_model-00001-of-00002.bin", to: "a")
        try directory.copy("sharded-torch/pytorch_model-00002-of-00002.bin", to: "b")
        var random = SplitMix64(seed: 5)
        var kinds: Set<String> = []
        for _ in 0..<300 {
            try directory.write(Self.damaged(Self.index, &random), to: "index.json")
            do throws(CheckpointError) {
                _ = try Checkpoint(path: directory.path + "/index.json")
            } catch {
                kinds.insert(Self.kind(error))
            }
        }
        #expect(kinds.isSuperset(of: ["malformedIndex", "malformedIndexKey", "missingShards", "wrongShard"]))
    }
}
