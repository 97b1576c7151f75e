import LatheFiles

/// A zip archive whose entries are not compressed, as PyTorch writes them: their bytes are used where they lie.
///
/// Opening checks the whole structure: every entry lies inside the file, overlaps no other, has a name of its own, and
/// says the same in the directory and before its data. Checksums are not checked, since PyTorch may leave them out.
///
/// ```swift
/// let archive = try ZipArchive(MappedFile(path: "pytorch_model.bin"))
/// try archive.withBytes(of: "archive/version") { Array($0) }    // [51, 10]
/// ```
package final class ZipArchive: Sendable {
    /// The entries in the order of the directory.
    package let entries: [ZipEntry]

    private let file: MappedFile
    private let indices: [ExactKey: Int]

    /// Reads the directory of `file`.
    /// - Throws: `ZipError` when the file is not an archive or contradicts itself.
    package init(_ file: MappedFile) throws(ZipError) {
        let entries = try file.withUnsafeBytes { (bytes) throws(ZipError) in
            try ZipDirectory(bytes, file: file.path).entries()
        }
        var indices: [ExactKey: Int] = [:]
        indices.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            guard indices.updateValue(index, forKey: ExactKey(entry.name)) == nil else {
                throw .duplicateEntry(file: file.path, entry: entry.name)
            }
        }
        self.file = file
        self.entries = entries
        self.indices = indices
    }

    /// The path as given.
    package var path: String { file.path }

    /// The entry called `name`, or nil.
    package subscript(name: String) -> ZipEntry? {
        indices[ExactKey(name)].map { entries[$0] }
    }

    /// Where the data of an entry lies in the file.
    /// - Throws: `ZipError.noSuchEntry`, or `compressed` when the bytes there are not the data itself.
    package func byteRange(of name: String) throws(ZipError) -> Range<Int> {
        guard let entry = self[name] else { throw .noSuchEntry(file: path, entry: name) }
        guard entry.method == 0 else { throw .compressed(file: path, entry: name, method: entry.method) }
        return entry.byteRange
    }

    /// Gives `body` the data of an entry; the pointer is valid until `body` returns.
    /// - Throws: `ZipError` when there is no such entry or it is compressed, or what `body` throws.
    package func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
    {
        let range = try byteRange(of: name)
        return try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
