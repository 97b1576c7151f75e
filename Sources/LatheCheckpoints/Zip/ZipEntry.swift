/// One file in a zip archive.
package struct ZipEntry: Equatable, Sendable {
    /// The name with its folders, separated by `/`.
    package let name: String
    /// How the data is compressed; 0 means not at all.
    package let method: UInt16
    /// Where the data lies in the archive, in bytes.
    package let byteRange: Range<Int>
}
