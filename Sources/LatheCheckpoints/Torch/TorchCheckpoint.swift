import LatheFiles
import LatheTensor

/// A `pytorch_model.bin`: a state dict that `torch.save` wrote, as a zip archive or in the format before version 1.6.
///
/// Only tensors are built; whatever else the file asks for is refused, and nothing is executed. A state dict inside
/// `{"state_dict": …}`, `{"model": …}` and the like is found. Opening reads and checks the description of all tensors;
/// their elements are read from the disk when they are touched.
///
/// ```swift
/// let file = try TorchCheckpoint(path: "pytorch_model.bin")
/// let weight = try file.tensor("classifier.weight")
/// ```
package final class TorchCheckpoint: CheckpointFile {
    /// The tensors in the order of the file.
    package let entries: [CheckpointEntry]

    private let file: MappedFile
    private let layouts: [TensorLayout]
    private let indices: [ExactKey: Int]

    /// Maps and checks the file at `path`.
    /// - Throws: `CheckpointError` when it cannot be read, is damaged, or holds more than tensors.
    package convenience init(path: String) throws(CheckpointError) {
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: path)
        } catch {
            throw .io(error)
        }
        try self.init(file)
    }

    /// Checks a copy of `bytes`, the content of a whole file; `name` stands for the path in messages.
    /// - Throws: `CheckpointError` when it is damaged, or holds more than tensors.
    package convenience init(bytes: [UInt8], name: String) throws(CheckpointError) {
        try self.init(MappedFile(bytes: bytes, name: name))
    }

    private init(_ file: MappedFile) throws(CheckpointError) {
        let archive: TorchArchive
        switch CheckpointFormat(of: file) {
        case .zip: archive = try TorchArchive(zip: file)
        case .pickle:
            archive = try file.withUnsafeBytes { (bytes) throws(CheckpointError) in
                try LegacyTorchFile.archive(bytes, file: file.path)
            }
        case .largeFilePointer: throw .largeFilePointer(file: file.path)
        case .safetensors, nil: throw .unknownFormat(file: file.path)
        }
        var layouts: [TensorLayout] = []
        var indices: [ExactKey: Int] = [:]
        for (name, tensor) in try StateDict(archive.pickle, file: file.path).tensors {
            indices[ExactKey(name)] = layouts.count
            layouts.append(
                try TensorLayout(tensor, name: name, storage: archive.storages[tensor.storage], file: file.path))
        }
        self.file = file
        self.layouts = layouts
        self.indices = indices
        entries = layouts.map(\.entry)
    }

    /// The path as given.
    package var path: String { file.path }

    /// The size of the whole file.
    package var byteCount: Int { file.byteCount }

    /// The tensor called `name`, without a copy where its elements lie aligned and in order.
    /// - Throws: `CheckpointError` when there is no such tensor, or none of its type.
    package func tensor(_ name: String) throws -> Tensor {
        guard let index = indices[ExactKey(name)] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        return try file.withUnsafeBytes { bytes in
            try layouts[index].tensor(in: bytes, file: path, owner: file)
        }
    }

    package func withStoredBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let index = indices[ExactKey(name)] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        try file.withUnsafeBytes { bytes in try layouts[index].withElements(in: bytes) { try body($0) } }
    }

    package func sharesElements(_ name: String) -> Bool {
        guard let index = indices[ExactKey(name)] else { return false }
        return layouts[..<index].contains { $0.hasElements(of: layouts[index]) }
    }
}
