/// The checksum that a file's ETag promises, computed as its bytes come.
///
/// On the hub the ETag of a large file is its SHA-256 (64 digits), that of a small one its name as an object of git
/// (40 digits: SHA-1 of `blob <size>`, a zero byte and the content). Any other ETag promises nothing.
package struct BlobChecksum: Sendable {
    private enum Digest: Sendable {
        case sha256(MessageDigest<SHA256>)
        case git(MessageDigest<SHA1>)
        case none
    }

    private let etag: String
    private var digest: Digest

    /// - Parameter byteCount: the size of the whole file.
    package init(etag: String, byteCount: Int) {
        self.etag = etag
        let isHexadecimal = etag.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        switch (isHexadecimal, etag.utf8.count) {
        case (true, 64):
            digest = .sha256(MessageDigest())
        case (true, 40):
            var hash = MessageDigest<SHA1>()
            hash.update(Array("blob \(byteCount)\0".utf8))
            digest = .git(hash)
        default:
            digest = .none
        }
    }

    /// Takes in the next bytes of the file.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch digest {
        case .sha256(var hash):
            // The digest is let go of while it works, so that it is changed in place.
            digest = .none
            hash.update(bytes)
            digest = .sha256(hash)
        case .git(var hash):
            digest = .none
            hash.update(bytes)
            digest = .git(hash)
        case .none: break
        }
    }

    /// The checksum of all bytes taken in if it is not the promised one, nil if all is well.
    package func mismatch() -> String? {
        let got: String
        switch digest {
        case .sha256(let hash): got = hash.hexadecimal()
        case .git(let hash): got = hash.hexadecimal()
        case .none: return nil
        }
        return got == etag ? nil : got
    }
}
