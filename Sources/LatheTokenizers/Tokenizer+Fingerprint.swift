import LatheFiles

extension Tokenizer {
    /// Tells what ids mean: the SHA-256, in 64 hexadecimal digits, of the tokens in the order of their ids, each in
    /// UTF-8 with its number of bytes (8 bytes, little-endian) before it; an id without a token counts as an empty one.
    /// Tokenizers that cut texts in different ways may still mean the same by an id.
    public var fingerprint: String {
        var digest = MessageDigest<SHA256>()
        for id in 0..<Int32(idLimit) {
            let bytes = Array((token(for: id) ?? "").utf8)
            digest.update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
            digest.update(bytes)
        }
        return digest.hexadecimal()
    }
}
