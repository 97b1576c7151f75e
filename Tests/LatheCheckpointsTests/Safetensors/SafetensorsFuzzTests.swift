import Foundation
import LatheCheckpoints
import LatheTensor
import LatheTestFiles
import Testing

@Suite("Safetensors files with random damage")
struct SafetensorsFuzzTests {
    /// Small valid files to damage.
    private static let seeds: [[UInt8]] = [
        safetensorsBytes("{}      "),
        safetensorsBytes(#"{"__metadata__":{"format":"pt","a\n\u00e9":"\ud83e\udd89"}}"#),
        safetensorsBytes(
            #"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"#
                + #""data_offsets":[8,16]}}  "#, data: Array(0..<16)),
        safetensorsBytes(
            #"{"__metadata__":{"k":"v"},"x":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},"#
                + #""y":{"dtype":"F8_E4M3","shape":[0,7],"data_offsets":[3,3]},"#
                + #""é":{"dtype":"BF16","shape":[1,1,1],"data_offsets":[3,5]}}"#, data: Array(0..<5)),
    ]

    /// Pieces that a random byte would seldom hit.
    private static let pieces: [[UInt8]] = [
        "0", "-1", "1e9", "9223372036854775807", "18446744073709551616", "[", "]", "{", "}", ",", ":", "\"", "\\u",
        "\\ud800", "[[[[[[[[", "null", "true", "F64", "BOOL", "dtype", "shape", "data_offsets", "__metadata__",
    ].map { Array($0.utf8) }

    /// One to four changes: a bit or byte changed, a run removed, repeated or moved, a piece put in, the end cut off.
    private static func damaged(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 4: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: at)
            case 5: bytes.replaceSubrange(at..<end, with: pieces[Int.random(in: 0..<pieces.count, using: &random)])
            case 6: bytes.removeSubrange(at...)
            default: bytes[at] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &random)
            }
        }
        // Half of the files get a length that fits again, so that the damage reaches what is behind it.
        let close = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        if close >= 8, Bool.random(using: &random) {
            let length = UInt64(close - 7).littleEndian
            withUnsafeBytes(of: length) { bytes.replaceSubrange(0..<8, with: $0) }
        }
        return bytes
    }

    /// Touches every tensor, so that a range that is wrong would be noticed.
    private static func check(_ file: SafetensorsFile) throws {
        var byteCount = 0
        for name in file.names {
            let entry = try #require(file[name])
            let touched = try file.withBytes(of: name) { bytes in
                bytes.reduce(into: 0) { count, _ in count += 1 }
            }
            #expect(touched == entry.shape.reduce(entry.type.byteWidth, *))
            byteCount += touched
        }
        #expect(byteCount <= file.byteCount)
    }

    @Test("Fifty thousand damaged files throw or open, and never crash")
    func damage() throws {
        var random = SplitMix64(seed: 20_260_901)
        var opened = 0
        var kinds: Set<String> = []
        for round in 0..<50_000 {
            let bytes = Self.damaged(Self.seeds[round % Self.seeds.count], &random)
            do {
                try Self.check(SafetensorsFile(bytes: bytes, name: "f"))
                opened += 1
            } catch let error as SafetensorsError {
                kinds.insert(Mirror(reflecting: error).children.first?.label ?? "")
                #expect(error.description.hasPrefix("f: "))
            }
        }
        // The damage must be neither so mild that all open nor so coarse that one check catches everything.
        #expect(opened > 500 && opened < 25_000)
        #expect(kinds.count >= 15)
    }

    @Test("Damaged files on disk give what the same bytes give in memory")
    func damageOnDisk() throws {
        var random = SplitMix64(seed: 7)
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/f"
        for round in 0..<500 {
            let bytes = Self.damaged(Self.seeds[round % Self.seeds.count], &random)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let inMemory = safetensorsError { _ = try SafetensorsFile(bytes: bytes, name: path) }
            let onDisk = safetensorsError { try Self.check(SafetensorsFile(path: path)) }
            #expect(inMemory == onDisk)
        }
    }

    @Test("Every cut of a valid file throws")
    func cuts() throws {
        for seed in Self.seeds {
            _ = try SafetensorsFile(bytes: seed, name: "f")
            for count in 0..<seed.count {
                #expect(safetensorsError { _ = try SafetensorsFile(bytes: Array(seed[..<count]), name: "f") } != nil)
            }
        }
    }
}
