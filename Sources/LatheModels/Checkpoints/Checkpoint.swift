#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheTensor

/// The weights of a model, from whatever file or files they were saved in.
///
/// A directory is searched for `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` and
/// `pytorch_model.bin.index.json`, in this order. Opening reads and checks the descriptions of all tensors; elements are
/// read from the disk when they are touched, without a copy where they lie aligned and in order.
///
/// ```swift
/// let checkpoint = try Checkpoint(directory: "bert-base-uncased")
/// let embeddings = try checkpoint.tensor("bert.embeddings.word_embeddings.weight")
/// ```
public final class Checkpoint: Sendable {
    /// The files that a directory is searched for, the preferred one first.
    public static let fileNames = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]

    /// The file that was opened: the only one, or the index of several.
    public let path: String
    /// The tensors, in the order of the file or of the shards.
    public let entries: [CheckpointEntry]
    /// The files with the tensors: one, or the shards in the order of the index.
    public let files: [any CheckpointFile]

    private let places: [ExactKey: (file: Int, entry: Int)]

    /// Opens the checkpoint in `directory`.
    /// - Throws: `CheckpointError.nothingFound` when there is none, or what ``init(path:)`` throws.
    public convenience init(directory: String) throws(CheckpointError) {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        guard let name = Self.fileNames.first(where: { access(prefix + $0, F_OK) == 0 }) else {
            throw .nothingFound(directory: directory, expected: Self.fileNames)
        }
        try self.init(path: prefix + name)
    }

    /// Opens the checkpoint in the file at `path`: safetensors, a file of `torch.save`, or an index (`….json`) of either.
    ///
    /// The content decides between the formats, not the name.
    /// - Throws: `CheckpointError` when a file cannot be read, is damaged or holds more than tensors, or when shards are
    ///   missing or do not belong to the index.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        guard path.hasSuffix(".json") else {
            let file = try Self.open(path)
            files = [file]
            entries = file.entries
            places = try Self.places(in: files, path: path)
            return
        }
        let index = try ShardIndex(path: path)
        let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
        let missing = index.shards.filter { access(directory + $0, F_OK) != 0 }
        guard missing.isEmpty else { throw .missingShards(file: path, shards: missing) }
        var files: [any CheckpointFile] = []
        for shard in index.shards { files.append(try Self.open(directory + shard)) }
        let places = try Self.places(in: files, path: path)
        for (tensor, shard) in index.places {
            let got = places[ExactKey(tensor)].map { index.shards[$0.file] }
            guard got == shard else { throw .wrongShard(file: path, tensor: tensor, expected: shard, got: got) }
        }
        self.files = files
        self.places = places
        entries = files.flatMap(\.entries)
    }

    /// The tensors' names, in the order of the entries.
    public var names: [String] { entries.map(\.name) }

    /// The description of the tensor called `name`, or nil.
    public subscript(name: String) -> CheckpointEntry? {
        places[ExactKey(name)].map { files[$0.file].entries[$0.entry] }
    }

    /// The path of the file that has the tensor called `name`; `nil` if there is no such tensor.
    func file(of name: String) -> String? { places[ExactKey(name)].map { files[$0.file].path } }

    /// The tensor called `name`.
    /// - Throws: `CheckpointError` when there is no such tensor, or none of its type.
    public func tensor(_ name: String) throws -> Tensor {
        guard let place = places[ExactKey(name)] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        return try files[place.file].tensor(name)
    }

    /// Gives `body` the elements of the tensor called `name` in the type that they have in the file, row by row.
    /// - Throws: `CheckpointError` when there is no such tensor, and what `body` throws.
    func withStoredBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let place = places[ExactKey(name)] else { throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count) }
        try files[place.file].withStoredBytes(of: name, body)
    }

    /// Whether the tensor called `name` has the very elements of an earlier tensor of its file.
    func sharesElements(_ name: String) -> Bool { places[ExactKey(name)].map { files[$0.file].sharesElements(name) } ?? false }

    private static func open(_ path: String) throws(CheckpointError) -> any CheckpointFile {
        let format: CheckpointFormat?
        do throws(FileError) {
            format = CheckpointFormat(of: try MappedFile(path: path))
        } catch {
            throw .io(error)
        }
        switch format {
        case .safetensors: return try SafetensorsCheckpoint(path: path)
        case .largeFilePointer: throw .largeFilePointer(file: path)
        case .zip, .pickle: return try TorchCheckpoint(path: path)
        case nil:
            // Damaged beyond recognition: the name says whose message helps.
            if path.hasSuffix(".safetensors") { return try SafetensorsCheckpoint(path: path) }
            return try TorchCheckpoint(path: path)
        }
    }

    /// Where each tensor is.
    private static func places(
        in files: [any CheckpointFile], path: String
    ) throws(CheckpointError) -> [ExactKey: (file: Int, entry: Int)] {
        var places: [ExactKey: (file: Int, entry: Int)] = [:]
        for (number, file) in files.enumerated() {
            for (index, entry) in file.entries.enumerated() {
                if let other = places.updateValue((number, index), forKey: ExactKey(entry.name)) {
                    let shards = [files[other.file].path, file.path]
                    throw .tensorInTwoShards(file: path, tensor: entry.name, shards: shards)
                }
            }
        }
        return places
    }
}
