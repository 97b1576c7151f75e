import Foundation
import LatheTensor
import Testing

@Suite("Memory in files")
struct FileMemoryTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)")
        .path
    private let large = Tensor.randomNormal([600, 700], from: RandomSource(seed: 1))

    @Test("A weight in a file keeps its elements when the work is over, and leaves nothing in the directory")
    func elements() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let copy = FileMemory.using(directory: directory) { large.inFileMemory() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        #expect(copy.isIdentical(to: large))
        #expect((copy + copy).isIdentical(to: large * 2))
    }

    @Test("A directory that cannot be written leaves weights in ordinary memory")
    func missingDirectory() {
        let copy = FileMemory.using(directory: directory + "/missing") { large.inFileMemory() }
        #expect(copy.isIdentical(to: large))
    }

    @Test("A packed matrix in a file gives the same product")
    func packedMatrix() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let input = PreparedInput(.randomNormal([9, 700], from: RandomSource(seed: 2)), for: .float32)
        let plain = PackedMatrix(large, precision: .float32)
        let inFile = FileMemory.using(directory: directory) { PackedMatrix(large, precision: .float32) }
        #expect(inFile.linear(input).isIdentical(to: plain.linear(input)))
    }
}
