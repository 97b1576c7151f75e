import Foundation
import LatheCheckpoints
import LatheFiles
import LatheTensor
import Testing

@Suite("Tensors that wait in a file")
struct ScratchTensorsTests {
    @Test("They come back as they were stored last, whatever their shape and type, and the directory stays empty")
    func roundTrip() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scratch = try ScratchTensors(directory: directory),
            first = Tensor.randomNormal([3, 5], from: RandomSource(seed: 1))
        try scratch.store(first, at: 7)
        try scratch.store(Tensor([4, 5] as [Int32]), at: 0)
        try scratch.store(.zeros([0, 4]), at: 1)
        #expect(try scratch.tensor(at: 7).floatArray == first.floatArray)
        #expect(try scratch.tensor(at: 7).shape == [3, 5])
        #expect(try scratch.tensor(at: 0).int32Array == [4, 5])
        #expect(try scratch.tensor(at: 1).shape == [0, 4])
        // One of the same size takes its place, a larger one another.
        try scratch.store(.full([15], 2), at: 7)
        try scratch.store(.full([6], 3), at: 0)
        #expect(try scratch.tensor(at: 7).floatArray == [Float](repeating: 2, count: 15))
        #expect(try scratch.tensor(at: 0).floatArray == [Float](repeating: 3, count: 6))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test("A directory that is not there is told")
    func noDirectory() {
        let error = #expect(throws: FileError.self) { try ScratchTensors(directory: "/nonexistent/lathe") }
        #expect(error?.description.hasPrefix("/nonexistent/lathe: cannot create a temporary file") == true)
    }
}
