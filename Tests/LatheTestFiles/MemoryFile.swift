import LatheFiles

/// A file in memory.
package func memoryFile(_ name: String, _ text: String) -> MappedFile {
    MappedFile(bytes: Array(text.utf8), name: name)
}

extension FixedWidthInteger {
    /// The bytes, least significant first.
    package var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
