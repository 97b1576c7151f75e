import Foundation
import LatheCheckpoints
import LatheTestFiles
import Testing

@Suite("Checkpoints of all formats")
struct CheckpointTests {
    @Test("A directory's files are taken in order of preference")
    func preference() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        let empty = checkpointError { _ = try Checkpoint(directory: directory.path) }
        #expect(empty == .nothingFound(directory: directory.path, expected: Checkpoint.fileNames))
        #expect(
            empty?.description.contains("model.safetensors, model.safetensors.index.json, pytorch_model.bin") == true)
        try directory.copy("parameters.bin", to: "pytorch_model.bin")
        #expect(try Checkpoint(directory: directory.path).path == directory.path + "/pytorch_model.bin")
        try directory.copy("types.safetensors", to: "model.safetensors")
        #expect(try Checkpoint(directory: directory.path + "/").path == directory.path + "/model.safetensors")
    }

    @Test("Shards of both formats give the same tensors", arguments: ["sharded-safetensors", "sharded-torch"])
    func shards(name: String) throws {
        let checkpoint = try Checkpoint(directory: CheckpointFixture.path(name))
        #expect(checkpoint.files.count == 2)
        #expect(Set(checkpoint.names) == ["encoder.weight", "encoder.bias", "head.weight"])
        let base = CheckpointFixture.base
        #expect(try checkpoint.tensor("encoder.weight").floatArray == base)
        #expect(try checkpoint.tensor("encoder.bias").floatArray == Array(base[..<6]))
        let transposed = (0..<6).flatMap { column in (0..<4).map { base[$0 * 6 + column] } }
        #expect(try checkpoint.tensor("head.weight").floatArray == transposed)
        #expect(checkpoint["head.weight"] == CheckpointEntry(name: "head.weight", shape: [6, 4], storedType: .f32))
        #expect(checkpoint["head.bias"] == nil)
        let error = checkpointError { _ = try checkpoint.tensor("head.bias") }
        #expect(error == .noSuchTensor(file: checkpoint.path, tensor: "head.bias", count: 3))
    }

    @Test("Safetensors and torch.save give the same tensors")
    func agreement() throws {
        let safetensors = try Checkpoint(path: CheckpointFixture.path("types.safetensors"))
        let torch = try Checkpoint(path: CheckpointFixture.path("types-2.bin"))
        #expect(Set(safetensors.names) == Set(torch.names))
        for name in torch.names {
            let (left, right) = (try safetensors.tensor(name), try torch.tensor(name))
            #expect(safetensors[name] == torch[name])
            #expect(left.shape == right.shape && left.dtype == right.dtype)
            let (leftBytes, rightBytes) = (left.withUnsafeBytes { Array($0) }, right.withUnsafeBytes { Array($0) })
            #expect(leftBytes == rightBytes, "\(name)")
        }
    }

    @Test("The content decides between the formats, not the name")
    func content() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        try directory.copy("types.safetensors", to: "pytorch_model.bin")
        #expect(try Checkpoint(directory: directory.path).tensor("f32").shape == [2, 3])
        try directory.write("version https://git-lfs.github.com/spec/v1\n", to: "model.safetensors")
        let pointer = checkpointError { _ = try Checkpoint(directory: directory.path) }
        #expect(pointer == .largeFilePointer(file: directory.path + "/model.safetensors"))
        try directory.write("", to: "model.safetensors")
        let short = checkpointError { _ = try Checkpoint(directory: directory.path) }
        #expect(short == .safetensors(.tooShort(file: directory.path + "/model.safetensors", expected: 8, got: 0)))
        try directory.write("", to: "pytorch_model.bin")
        let unknown = checkpointError { _ = try Checkpoint(path: directory.path + "/pytorch_model.bin") }
        #expect(unknown == .unknownFormat(file: directory.path + "/pytorch_model.bin"))
        let nowhere = checkpointError { _ = try Checkpoint(path: directory.path + "/nothing.bin") }
        guard case .io? = nowhere else {
            Issue.record("a missing file is the file system's error, got \(String(describing: nowhere))")
            return
        }
    }

    /// The error of a directory with the sharded fixture's files and an index of `weightMap`.
    private func indexError(_ text: String) throws -> CheckpointError? {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        for shard in ["a", "b"] {
            let number = shard == "a" ? 1 : 2
            try directory.copy("sharded-torch/pytorch_model-0000\(number)-of-00002.bin", to: shard)
        }
        try directory.copy("sharded-torch/pytorch_model-00002-of-00002.bin", to: "again")
        try FileManager.default.createDirectory(atPath: directory.path + "/folder", withIntermediateDirectories: true)
        try directory.write(text, to: "pytorch_model.bin.index.json")
        let error = checkpointError { _ = try Checkpoint(directory: directory.path) }
        return error
    }

    private func mapError(_ map: String) throws -> CheckpointError? {
        try indexError(#"{"weight_map": {"# + map + "}}")
    }

    @Test("Indices that do not fit their shards")
    func shardMistakes() throws {
        #expect(try mapError(#""encoder.weight": "a", "encoder.bias": "a", "head.weight": "b""#) == nil)
        #expect(try mapError(#""encoder.weight": "a", "head.weight": "b""#) == nil)
        guard case .wrongShard(_, "head.weight", "a", "b")? = try mapError(#""head.weight": "a", "encoder.bias": "b""#)
        else {
            Issue.record("a tensor in the wrong shard must be refused")
            return
        }
        guard case .wrongShard(_, "tail.weight", "a", nil)? = try mapError(#""tail.weight": "a""#) else {
            Issue.record("a tensor in no shard must be refused")
            return
        }
        guard case .missingShards(_, ["c", "d"])? = try mapError(#""x": "c", "encoder.bias": "a", "y": "d", "z": "c""#)
        else {
            Issue.record("missing shards must be listed")
            return
        }
        guard case .tensorInTwoShards(_, "head.weight", _)? = try mapError(#""head.weight": "b", "x": "again""#) else {
            Issue.record("a tensor in two shards must be refused")
            return
        }
        guard case .io? = try mapError(#""x": "folder""#) else {
            Issue.record("a directory is no shard")
            return
        }
    }

    @Test(
        "Shards outside the directory",
        arguments: [
            "../a", "/etc/passwd", "folder/../../a", "..", ".", "", #"..\\a"#, "./a", #"a\u0000"#, #"a\n"#,
        ])
    func traversal(name: String) throws {
        guard case .unsafeShardName(_, "encoder.bias", _)? = try mapError(#""encoder.bias": "\#(name)""#) else {
            Issue.record("\(name) must be refused")
            return
        }
    }

    @Test("Indices that are malformed")
    func malformed() throws {
        let key = { (error: CheckpointError?) -> [String]? in
            guard case .malformedIndexKey(_, let key, let expected, let got)? = error else { return nil }
            return [key, expected, got]
        }
        #expect(key(try indexError("{}")) == ["weight_map", "an object", "nothing"])
        #expect(key(try indexError("[]")) == ["weight_map", "an object", "nothing"])
        #expect(key(try indexError(#"{"weight_map": 3}"#)) == ["weight_map", "an object of tensors", "an integer"])
        #expect(key(try mapError("")) == ["weight_map", "an object of tensors", "an empty one"])
        #expect(key(try mapError(#""x": 1"#)) == ["weight_map.x", "a file name", "an integer"])
        guard case .malformedIndex(_, let duplicate)? = try mapError(#""x": "a", "x": "b""#) else {
            Issue.record("a name given twice must be refused")
            return
        }
        #expect(duplicate.problem == .duplicateKey("x"))
        guard case .malformedIndex? = try indexError(#"{"weight_map""#) else {
            Issue.record("a cut index must be refused")
            return
        }
    }
}
