import LatheFiles

/// The index of a checkpoint in several files (`….index.json`): which tensor is in which of them.
package struct ShardIndex: Sendable {
    /// Names and files in the order of the index.
    package let places: [(tensor: String, shard: String)]
    /// The files, each once, in the order in which they appear. They are plain names: none leads out of the directory.
    package let shards: [String]

    /// Reads the index at `path`; the shards themselves are not looked at.
    /// - Throws: `CheckpointError` when it cannot be read, or is no index.
    package init(path: String) throws(CheckpointError) {
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: path)
        } catch {
            throw .io(error)
        }
        try self.init(file)
    }

    /// Reads the index that `bytes` hold; `name` stands for the path in messages.
    /// - Throws: `CheckpointError` when it is no index.
    package init(bytes: [UInt8], name: String) throws(CheckpointError) {
        try self.init(MappedFile(bytes: bytes, name: name))
    }

    private init(_ file: MappedFile) throws(CheckpointError) {
        let path = file.path
        if CheckpointFormat(of: file) == .largeFilePointer { throw .largeFilePointer(file: path) }
        let index: JSONValue
        do throws(JSONError) { index = try StrictJSON.parse(file) } catch {
            throw .malformedIndex(file: path, problem: error)
        }
        guard let map = index["weight_map"] else {
            throw .malformedIndexKey(file: path, key: "weight_map", expected: "an object", got: "nothing")
        }
        guard let members = map.object, !members.isEmpty else {
            let got = map.object == nil ? map.kind : "an empty one"
            throw .malformedIndexKey(file: path, key: "weight_map", expected: "an object of tensors", got: got)
        }
        var places: [(String, String)] = []
        var shards: [String] = []
        var seen: Set<ExactKey> = []
        for member in members {
            guard let shard = member.value.string else {
                throw .malformedIndexKey(
                    file: path, key: "weight_map." + member.key, expected: "a file name", got: member.value.kind)
            }
            guard Self.isPlainName(shard) else {
                throw .unsafeShardName(file: path, tensor: member.key, got: shard)
            }
            places.append((member.key, shard))
            if seen.insert(ExactKey(shard)).inserted { shards.append(shard) }
        }
        self.places = places
        self.shards = shards
    }

    /// Whether `name` can only name a file in the directory itself.
    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    }
}
