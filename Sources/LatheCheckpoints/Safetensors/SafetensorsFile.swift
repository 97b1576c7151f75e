import LatheFiles

/// A safetensors file, mapped into memory and checked as a whole when it is opened.
///
/// Tensor data is read from the disk only when it is touched. Everything that the format demands of the header holds
/// afterwards: tensors lie inside the file, do not overlap, leave no gaps, and have the bytes that their shapes need.
///
/// ```swift
/// let file = try SafetensorsFile(path: "model.safetensors")
/// let weight = try file.elements(of: "classifier.weight", as: Float.self)    // [Float], row by row
/// ```
///
/// A name is compared byte by byte, as other programs do, and not by Unicode equivalence.
package final class SafetensorsFile: Sendable {
    /// The free-form map in the header; `["format": "pt"]` in files for PyTorch.
    package let metadata: [String: String]
    /// The tensors in the order in which the header lists them.
    package let entries: [SafetensorsEntry]

    private let file: MappedFile
    private let dataStart: Int
    private let indices: [ExactName: Int]

    /// Maps and checks the file at `path`.
    /// - Throws: `SafetensorsError` when the file cannot be read or breaks a rule of the format.
    package convenience init(path: String) throws(SafetensorsError) {
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: path)
        } catch {
            throw .io(error)
        }
        try self.init(file)
    }

    /// Checks a copy of `bytes`, the content of a whole file; `name` stands for the path in messages.
    /// - Throws: `SafetensorsError` when the content breaks a rule of the format.
    package convenience init(bytes: [UInt8], name: String) throws(SafetensorsError) {
        try self.init(MappedFile(bytes: bytes, name: name))
    }

    private init(_ file: MappedFile) throws(SafetensorsError) {
        let header = try file.withUnsafeBytes { (bytes) throws(SafetensorsError) in
            try SafetensorsHeader(bytes, file: file.path)
        }
        var indices: [ExactName: Int] = [:]
        indices.reserveCapacity(header.entries.count)
        for (index, entry) in header.entries.enumerated() {
            indices[ExactName(entry.name)] = index
        }
        self.file = file
        self.indices = indices
        metadata = header.metadata
        entries = header.entries
        dataStart = header.dataStart
    }

    /// The path as given.
    package var path: String { file.path }

    /// The size of the whole file.
    package var byteCount: Int { file.byteCount }

    /// The tensors' names in the order in which the header lists them.
    package var names: [String] { entries.map(\.name) }

    /// The tensor called `name`, or nil.
    package subscript(name: String) -> SafetensorsEntry? {
        indices[ExactName(name)].map { entries[$0] }
    }

    /// Gives `body` the bytes of a tensor; the pointer is valid until `body` returns.
    ///
    /// The bytes may start at any address: read them with `loadUnaligned`, or copy them.
    /// - Throws: `SafetensorsError.noSuchTensor`, or what `body` throws.
    package func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let range = try entry(name).byteRange
        return try file.withUnsafeBytes { bytes in
            let data = UnsafeRawBufferPointer(rebasing: bytes[dataStart...])
            return try body(UnsafeRawBufferPointer(rebasing: data[range]))
        }
    }

    /// A copy of a tensor's elements, the last dimension running fastest.
    /// - Throws: `SafetensorsError.noSuchTensor`, or `wrongType` when the tensor has elements of another kind.
    package func elements<Element: SafetensorsElement>(
        of name: String, as type: Element.Type
    ) throws -> [Element] {
        let entry = try entry(name)
        guard type.safetensorsTypes.contains(entry.type) else {
            throw SafetensorsError.wrongType(
                file: path, tensor: name, expected: type.safetensorsTypes, got: entry.type)
        }
        return try withBytes(of: name) { bytes in
            Array(unsafeUninitializedCapacity: entry.elementCount) { elements, count in
                UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
                count = entry.elementCount
            }
        }
    }

    private func entry(_ name: String) throws(SafetensorsError) -> SafetensorsEntry {
        guard let entry = self[name] else {
            throw .noSuchTensor(file: path, tensor: name, count: entries.count)
        }
        return entry
    }
}
