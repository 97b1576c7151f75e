import Foundation
import LatheCheckpoints
import LatheFiles
import LatheTestFiles
import Testing

@Suite("Safetensors files that cannot be written")
struct SafetensorsWriterFailureTests {
    private struct Interruption: Error {}

    /// Writes a good tensor and one of four bytes that gets these pieces, or a producer that throws instead.
    private static func write(_ pieces: [[UInt8]]?, to path: String) throws {
        var writer = SafetensorsWriter()
        writer.add("first", shape: [1], values: [1] as [Int64])
        writer.add("t", type: .u8, shape: [4]) { emit in
            guard let pieces else { throw Interruption() }
            for piece in pieces { try piece.withUnsafeBytes(emit) }
        }
        try writer.write(to: path)
    }

    @Test("A producer that throws, or gives too little or too much, leaves the old file and nothing else")
    func producers() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/m.safetensors"
        try SafetensorsWriter(metadata: ["old": "yes"]).write(to: path)
        #expect(throws: Interruption.self) { try Self.write(nil, to: path) }
        let short = safetensorsError { try Self.write([[1, 2], [3]], to: path) }
        #expect(short == .wrongDataLength(file: path, tensor: "t", expected: 4, got: 3))
        let long = safetensorsError { try Self.write([[1, 2], [3, 4, 5]], to: path) }
        #expect(long == .wrongDataLength(file: path, tensor: "t", expected: 4, got: 5))
        #expect(try listing(directory) == ["m.safetensors"])
        let kept = try SafetensorsFile(path: path)
        #expect(kept.metadata == ["old": "yes"])
    }

    @Test("Names and shapes that no file can hold are refused before anything is created")
    func requests() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/m.safetensors"
        func error(_ fill: (inout SafetensorsWriter) -> Void) -> SafetensorsError? {
            var writer = SafetensorsWriter()
            fill(&writer)
            return safetensorsError { try writer.write(to: path) }
        }
        #expect(
            error { writer in
                writer.add("t", shape: [], values: [1] as [Float])
                writer.add("t", shape: [], values: [1] as [Int8])
            } == .duplicateTensor(file: path, tensor: "t"))
        #expect(
            error { $0.add("__metadata__", shape: [], values: [1] as [Float]) }
                == .reservedName(file: path, tensor: "__metadata__"))
        #expect(
            error { $0.add("t", type: .u8, shape: [-1]) { _ in } }
                == .impossibleShape(file: path, tensor: "t", got: [-1]))
        #expect(
            error { $0.add("t", type: .f64, shape: [1 << 61]) { _ in } }
                == .impossibleShape(file: path, tensor: "t", got: [1 << 61]))
        #expect(
            error { writer in
                writer.add("a", type: .u8, shape: [1 << 62]) { _ in }
                writer.add("b", type: .u8, shape: [1 << 62]) { _ in }
            } == .impossibleShape(file: path, tensor: "b", got: [1 << 62]))
        #expect(try listing(directory) == [])
    }

    @Test("A directory that does not exist is named")
    func noDirectory() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/none/m.safetensors"
        let error = safetensorsError { try SafetensorsWriter().write(to: path) }
        #expect(error == .io(.system(path: path, operation: .create, code: ENOENT)))
        #expect(try listing(directory) == [])
    }
}
