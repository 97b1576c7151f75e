#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheFiles
import LatheTensor

/// The weights of a model, from whatever file or files they were saved in.
///
/// A directory is searched for `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` and
/// `pytorch_model.bin.index.json`, in this order. Opening reads and checks the descriptions of all tensors; elements
/// are read from the disk when they are touched, without a copy where they lie aligned and in order.
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
    package let files: [any CheckpointFile]

    private let places: [ExactKey: (file: Int, entry: Int)]

    /// The same tensors under the names that `rename` gives to them.
    /// - Throws: `CheckpointError.duplicateTensor` if two get the same name.
    private init(_ other: Checkpoint, renamed rename: (String) -> String) throws(CheckpointError) {
        (path, files) = (other.path, other.files)
        var places: [ExactKey: (file: Int, entry: Int)] = [:], entries: [CheckpointEntry] = []
        for (number, file) in files.enumerated() {
            for (index, entry) in file.entries.enumerated() {
                let name = rename(entry.name)
                guard places.updateValue((number, index), forKey: ExactKey(name)) == nil else {
                    throw .duplicateTensor(file: path, tensor: name)
                }
                entries.append(CheckpointEntry(name: name, shape: entry.shape, storedType: entry.storedType))
            }
        }
        (self.places, self.entries) = (places, entries)
    }

    /// Opens the checkpoint in `directory`.
    /// - Throws: `CheckpointError.nothingFound` when there is none, or what ``init(path:)`` throws.
    public convenience init(directory: String) throws(CheckpointError) {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        guard let name = Self.fileNames.first(where: { access(prefix + $0, F_OK) == 0 }) else {
            throw .nothingFound(directory: directory, expected: Self.fileNames)
        }
        try self.init(path: prefix + name)
    }

    /// Opens the checkpoint in the file at `path`: safetensors, a file of `torch.save`, or an index (`….json`) of
    /// either.
    ///
    /// The content decides between the formats, not the name.
    /// - Throws: `CheckpointError` when a file cannot be read, is damaged or holds more than tensors, or when shards
    ///   are missing or do not belong to the index.
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
        guard let place = places[ExactKey(name)] else { return nil }
        let entry = files[place.file].entries[place.entry]
        return CheckpointEntry(name: name, shape: entry.shape, storedType: entry.storedType)
    }

    /// The tensor's name in its file.
    private func storedName(_ place: (file: Int, entry: Int)) -> String { files[place.file].entries[place.entry].name }

    /// The path of the file that has the tensor called `name`; `nil` if there is no such tensor.
    package func file(of name: String) -> String? { places[ExactKey(name)].map { files[$0.file].path } }

    /// The tensor called `name`.
    /// - Throws: `CheckpointError` when there is no such tensor, or none of its type.
    public func tensor(_ name: String) throws -> Tensor {
        guard let place = places[ExactKey(name)] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        return try files[place.file].tensor(storedName(place))
    }

    /// Gives `body` the elements of the tensor called `name` in the type that they have in the file, row by row.
    /// - Throws: `CheckpointError` when there is no such tensor, and what `body` throws.
    package func withStoredBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let place = places[ExactKey(name)] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        try files[place.file].withStoredBytes(of: storedName(place), body)
    }

    /// Whether the tensor called `name` has the very elements of an earlier tensor of its file.
    package func sharesElements(_ name: String) -> Bool {
        places[ExactKey(name)].map { files[$0.file].sharesElements(storedName($0)) } ?? false
    }

    // MARK: Wrappers

    /// What data-parallel training, `torch.compile`, Lightning and sentence-transformers put before the names of the
    /// tensors of the module that they wrap.
    private static let wrappers = ["module.", "model.", "0.auto_model.", "auto_model."] + innerWrappers
    /// What wrappers of parts put into the midst of names, and of the whole before them.
    private static let innerWrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."]

    /// The same tensors under the names that they have in the model itself, if most of them have a wrapper's name
    /// before their own.
    /// - Parameter prefix: what an unwrapped model has before its names, which is no wrapper's.
    /// - Returns: this checkpoint if there is nothing to remove.
    /// - Throws: `CheckpointError.duplicateTensor`.
    package func unwrapped(keeping prefix: String = "") throws(CheckpointError) -> Checkpoint {
        let inner = Self.innerWrappers.filter { wrapper in self.names.contains { $0.contains("." + wrapper) } }
        func withoutInner(_ name: String) -> String { inner.reduce(name) { $0.replacing("." + $1, with: ".") } }
        var names = names.map(withoutInner), removed = ""
        while removed.utf8.count < 64,
            let wrapper = Self.wrappers.first(where: { wrapper in
                wrapper != prefix && 2 * names.count { $0.hasPrefix(wrapper) } > names.count
            })
        {
            removed += wrapper
            names = names.map { $0.hasPrefix(wrapper) ? String($0.dropFirst(wrapper.count)) : $0 }
        }
        if removed.isEmpty, inner.isEmpty { return self }
        let all = ([removed] + inner).filter { !$0.isEmpty }.joined(separator: " and ")
        ModelNotes.report("\(path): the names of tensors are read without \(all)")
        return try Checkpoint(self) { name in
            let name = withoutInner(name)
            return name.hasPrefix(removed) ? String(name.dropFirst(removed.count)) : name
        }
    }

    /// Whether two tensors have the same shape and the same numbers, in whatever types.
    /// - Throws: `CheckpointError`.
    package func hasEqualElements(_ first: CheckpointEntry, _ second: CheckpointEntry) throws -> Bool {
        guard first.shape == second.shape else { return false }
        let (one, other) = (try tensor(first.name), try tensor(second.name))
        if one.dtype == other.dtype {
            let isSame = one.withUnsafeBytes { left in other.withUnsafeBytes { left.elementsEqual($0) } }
            if isSame { return true }
        }
        return one.cast(to: .float32).floatArray == other.cast(to: .float32).floatArray
    }

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
