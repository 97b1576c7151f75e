import LatheFiles

/// What is wrong with a checkpoint, or with a request to read one.
public enum CheckpointError: DescribedError, Equatable, Sendable {
    /// The file system refused.
    case io(FileError)
    /// A safetensors file breaks a rule of its format.
    case safetensors(SafetensorsError)
    /// A zip archive contradicts itself.
    case zip(ZipError)
    /// A pickle is malformed, or asks for something that is no tensor.
    case pickle(PickleError)

    // Which file.

    /// A directory without any of the files that hold weights.
    case nothingFound(directory: String, expected: [String])
    /// A pointer that Git LFS left in place of the file.
    case largeFilePointer(file: String)
    /// Neither safetensors nor anything that `torch.save` writes.
    case unknownFormat(file: String)

    // An index of shards.

    /// An index that is no strict JSON.
    case malformedIndex(file: String, problem: JSONError)
    /// A part of an index that is missing or of the wrong kind.
    case malformedIndexKey(file: String, key: String, expected: String, got: String)
    /// A shard's name that leads out of the directory.
    case unsafeShardName(file: String, tensor: String, got: String)
    /// Shards that are not beside the index.
    case missingShards(file: String, shards: [String])
    /// A tensor that is not in the shard that the index names; `got` is the shard that has it.
    case wrongShard(file: String, tensor: String, expected: String, got: String?)
    /// A tensor in two shards.
    case tensorInTwoShards(file: String, tensor: String, shards: [String])

    // A file written by `torch.save`.

    /// An archive with no pickle, or with several.
    case wrongPickleCount(file: String, got: [String])
    /// Numbers written by a big-endian machine.
    case bigEndian(file: String)
    /// An older file that is damaged before its storages.
    case malformedLegacyFile(file: String, expected: String)
    /// A saved value that is no dictionary.
    case notDictionary(file: String, got: String)
    /// Several dictionaries of tensors and no hint which one is the model.
    case severalModels(file: String, keys: [String])
    /// A dictionary without tensors.
    case noTensors(file: String, keys: [String])
    /// Two tensors of one name.
    case duplicateTensor(file: String, tensor: String)
    /// A storage whose data is not in the file.
    case missingStorage(file: String, storage: String)
    /// A storage with more or less data than it should have, in bytes; nil when that is more than any file holds.
    case wrongStorageSize(file: String, storage: String, expected: Int?, got: Int)

    // A tensor.

    /// A shape or strides that no tensor has.
    case impossibleShape(file: String, tensor: String, shape: [Int], strides: [Int])
    /// A tensor that reaches beyond its storage; counts in elements, nil when it reaches beyond any storage.
    case beyondStorage(file: String, tensor: String, expected: Int, got: Int?)
    /// A tensor that repeats a few elements very often; counts in elements.
    case expandedTooFar(file: String, tensor: String, expected: Int, got: Int)
    /// A tensor that is not there.
    case noSuchTensor(file: String, tensor: String, count: Int)
    /// A tensor of a type that cannot be computed with.
    case unsupportedType(file: String, tensor: String, got: SafetensorsType)
    /// An unsigned integer beyond the range of 64-bit signed ones.
    case integerTooLarge(file: String, tensor: String, got: UInt64)
    /// A number in 64 bits beyond the largest one of float32.
    case numberTooLarge(file: String, tensor: String, got: Double)
}

extension CheckpointError {
    /// The message: file, tensor or key, what was expected and found, and the cure.
    public var description: String {
        let damaged = "the file is cut off or damaged; download or copy it again"
        let resave = "save only the weights: torch.save(model.state_dict(), …), or as safetensors"
        let faulty = "the program that wrote the file is at fault; save the model again"
        switch self {
        case .io(let error): return error.description
        case .safetensors(let error): return error.description
        case .zip(let error): return error.description
        case .pickle(let error): return error.description
        case .nothingFound(let directory, let expected):
            return "\(directory): no checkpoint; looked for \(expected.joined(separator: ", ")); "
                + "name the directory that holds one of them"
        case .largeFilePointer(let file):
            return "\(file): this is a Git LFS pointer, not the file itself; run `git lfs pull` in its directory"
        case .unknownFormat(let file):
            return
                "\(file): neither a safetensors file nor one that torch.save writes; check that the download is complete"
        case .malformedIndex(let file, let problem):
            return "\(file): not valid JSON: \(problem); download or save the index again"
        case .malformedIndexKey(let file, let key, let expected, let got):
            return
                "\(file): \(MessageText.plain(key)): expected \(expected), got \(got); download or save the index again"
        case .unsafeShardName(let file, let tensor, let got):
            return
                "\(file): tensor \(MessageText.quoted(tensor)): the shard \(MessageText.quoted(got)) is no plain file name; "
                + "shards must lie beside the index; put them there and name them without folders"
        case .missingShards(let file, let shards):
            return "\(file): missing beside it: \(MessageText.list(shards)); download or copy them too"
        case .wrongShard(let file, let tensor, let expected, let got?):
            return "\(file): tensor \(MessageText.quoted(tensor)): expected in \(MessageText.quoted(expected)), "
                + "found in \(MessageText.quoted(got)); index and shards do not belong together; download or save them again"
        case .wrongShard(let file, let tensor, let expected, nil):
            return "\(file): tensor \(MessageText.quoted(tensor)): expected in \(MessageText.quoted(expected)), "
                + "found nowhere; index and shards do not belong together; download or save them again"
        case .tensorInTwoShards(let file, let tensor, let shards):
            return
                "\(file): tensor \(MessageText.quoted(tensor)) is in several shards: \(MessageText.list(shards)); save the model again"
        case .wrongPickleCount(let file, let got) where got.isEmpty:
            return "\(file): the archive has no data.pkl, so torch.save did not write it; \(resave)"
        case .wrongPickleCount(let file, let got):
            return "\(file): the archive has several pickles: \(MessageText.list(got)); \(resave)"
        case .bigEndian(let file):
            return
                "\(file): written by a big-endian machine; load it in PyTorch on a little-endian one and save it again"
        case .malformedLegacyFile(let file, let expected):
            return "\(file): expected \(expected), as older versions of torch.save write it; \(damaged)"
        case .notDictionary(let file, let got):
            return "\(file): expected a dictionary of tensors, got \(got); \(resave)"
        case .severalModels(let file, let keys):
            return
                "\(file): several dictionaries of tensors: \(MessageText.list(keys)); save the one that is the model on its own"
        case .noTensors(let file, let keys) where keys.isEmpty:
            return "\(file): an empty dictionary; \(resave)"
        case .noTensors(let file, let keys):
            return "\(file): no tensors under \(MessageText.list(keys)); \(resave)"
        case .duplicateTensor(let file, let tensor):
            return "\(file): tensor \(MessageText.quoted(tensor)) is there twice; \(faulty)"
        case .missingStorage(let file, let storage):
            return "\(file): the data of storage \(MessageText.quoted(storage)) is missing; \(damaged)"
        case .wrongStorageSize(let file, let storage, let expected, let got):
            return
                "\(file): storage \(MessageText.quoted(storage)): expected \(Self.count(expected)) bytes, got \(got); \(damaged)"
        case .impossibleShape(let file, let tensor, let shape, let strides):
            return
                "\(file): tensor \(MessageText.quoted(tensor)): no tensor can have the shape \(MessageText.shape(shape)) "
                + "with strides \(MessageText.shape(strides)); \(faulty)"
        case .beyondStorage(let file, let tensor, let expected, let got):
            return "\(file): tensor \(MessageText.quoted(tensor)): reaches to element \(Self.count(got)) of a storage "
                + "of \(expected) elements; \(faulty)"
        case .expandedTooFar(let file, let tensor, let expected, let got):
            return
                "\(file): tensor \(MessageText.quoted(tensor)): repeats a storage of \(expected) elements to \(got); "
                + "call .contiguous() on it before saving"
        case .noSuchTensor(let file, let tensor, let count):
            return "\(file): tensor \(MessageText.quoted(tensor)): not there; the file holds \(count) tensors, "
                + "`lathe inspect` lists them"
        case .unsupportedType(let file, let tensor, let got):
            return "\(file): tensor \(MessageText.quoted(tensor)): cannot compute with \(got.rawValue); "
                + "convert it to F32, F16 or BF16 before saving"
        case .integerTooLarge(let file, let tensor, let got):
            return
                "\(file): tensor \(MessageText.quoted(tensor)): the integer \(got) does not fit into 64 bits with a sign; "
                + "convert the tensor before saving"
        case .numberTooLarge(let file, let tensor, let got):
            return
                "\(file): tensor \(MessageText.quoted(tensor)): \(got) is beyond the largest number of float32; scale the tensor before saving"
        }
    }

    private static func count(_ count: Int?) -> String {
        count.map(String.init) ?? "more than 2^63"
    }
}
