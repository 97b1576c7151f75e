import LatheTensor

/// One file with tensors, whatever its format.
package protocol CheckpointFile: Sendable {
    /// The path as given.
    var path: String { get }
    /// The tensors in the order of the file.
    var entries: [CheckpointEntry] { get }
    /// The size of the whole file.
    var byteCount: Int { get }

    /// The tensor called `name`; its elements are read from the disk when they are touched.
    func tensor(_ name: String) throws -> Tensor

    /// Gives `body` the elements of the tensor called `name` in the type that they have in the file, row by row.
    func withStoredBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws

    /// Whether the tensor called `name` has the very elements of an earlier tensor of the file, in the same shape.
    func sharesElements(_ name: String) -> Bool
}

extension CheckpointFile {
    /// False: only PyTorch's files have one tensor under several names.
    package func sharesElements(_ name: String) -> Bool { false }
}

/// A safetensors file as one of the formats of checkpoints.
package final class SafetensorsCheckpoint: CheckpointFile {
    /// The tensors in the order of the header.
    package let entries: [CheckpointEntry]
    private let file: SafetensorsFile

    /// Maps and checks the file at `path`.
    /// - Throws: `CheckpointError.safetensors`.
    package init(path: String) throws(CheckpointError) {
        do throws(SafetensorsError) {
            file = try SafetensorsFile(path: path)
        } catch {
            throw .safetensors(error)
        }
        entries = file.entries.map { CheckpointEntry(name: $0.name, shape: $0.shape, storedType: $0.type) }
    }

    /// The path as given.
    package var path: String { file.path }
    /// The size of the whole file.
    package var byteCount: Int { file.byteCount }
    /// The free-form map in the header.
    package var metadata: [String: String] { file.metadata }

    /// The tensor called `name`, without a copy where its place in the file is aligned.
    /// - Throws: `CheckpointError` when there is no such tensor, or none of its type.
    package func tensor(_ name: String) throws -> Tensor {
        guard let entry = file[name] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        let elements = StoredElements(file: path, tensor: name, type: entry.type, shape: entry.shape)
        return try file.withBytes(of: name) { try elements.tensor(borrowing: $0, owner: file) }
    }

    package func withStoredBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard file[name] != nil else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        try file.withBytes(of: name, body)
    }
}
