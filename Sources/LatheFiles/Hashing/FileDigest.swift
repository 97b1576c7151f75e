/// Digests of whole files.
package enum FileDigest {
    /// Returns the SHA-256 digest of a file's content, in lower-case hexadecimal digits.
    /// - Throws: `FileError`.
    package static func sha256(path: String) throws(FileError) -> String {
        let file = try MappedFile(path: path)
        var digest = MessageDigest<SHA256>()
        file.withUnsafeBytes { digest.update($0) }
        return digest.hexadecimal()
    }
}
