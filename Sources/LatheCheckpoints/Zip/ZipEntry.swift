/// One file in a zip archive.
public struct ZipEntry: Equatable, Sendable {
    /// The name with its folders, separated by `/`.
    public let name: String
    /// How the data is compressed; 0 means not at all.
    public let method: UInt16
    /// Where the data lies in the archive, in bytes.
    public let byteRange: Range<Int>
}
