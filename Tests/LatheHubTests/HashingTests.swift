import Testing

@testable import LatheFiles

@Suite("Checksums")
struct HashingTests {
    private func sha256(_ text: String) -> String {
        FakeHub.sha256(Array(text.utf8))
    }

    private func sha1(_ text: String) -> String {
        var hash = MessageDigest<SHA1>()
        hash.update(Array(text.utf8))
        return hash.hexadecimal()
    }

    @Test("SHA-256 of the standard's examples")
    func sha256Examples() {
        #expect(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            sha256(String(repeating: "a", count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("SHA-1 of the standard's examples")
    func sha1Examples() {
        #expect(sha1("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(sha1("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(sha1(String(repeating: "a", count: 1_000_000)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    }

    @Test("Pieces of any size give the digest of the whole")
    func pieces() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for count in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300] {
            let whole = FakeHub.sha256(Array(bytes[..<count]))
            for size in [1, 3, 63, 64, 65, 130] {
                var hash = MessageDigest<SHA256>()
                for start in stride(from: 0, to: count, by: size) {
                    hash.update(Array(bytes[start..<min(start + size, count)]))
                }
                #expect(hash.hexadecimal() == whole, "\(count) bytes in pieces of \(size)")
            }
        }
    }

    @Test("An ETag of 40 digits is git's hash, one of 64 digits SHA-256, and any other promises nothing")
    func etags() {
        let content = Array("hello\n".utf8)
        func mismatch(_ etag: String) -> String? {
            var checksum = BlobChecksum(etag: etag, byteCount: content.count)
            content.withUnsafeBytes { checksum.update($0) }
            return checksum.mismatch()
        }
        let git = "ce013625030ba8dba906f756967f9e9ca394464a"
        let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
        #expect(mismatch(git) == nil)
        #expect(mismatch(String(git.reversed())) == git)
        #expect(mismatch(sha256) == nil)
        #expect(mismatch(String(sha256.reversed())) == sha256)
        #expect(mismatch("abc-5") == nil)
    }
}
