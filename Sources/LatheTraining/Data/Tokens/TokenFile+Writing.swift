import LatheFiles
import LatheTokenizers

extension TokenFile {
    /// Writes a file of tokens, which appears whole or not at all.
    /// - Parameters:
    ///   - tokens: of `tokenizer`.
    ///   - tokenizer: what made the tokens; its fingerprint stands in the file.
    ///   - path: the file; one that is there is replaced.
    /// - Returns: the size of the file in bytes.
    /// - Throws: `FileError`.
    @discardableResult
    package static func write(_ tokens: TokenStream, of tokenizer: Tokenizer, to path: String) throws -> Int {
        let size = tokenizer.idLimit, width = size <= 1 << 16 ? 2 : 4
        try AtomicFile.write(to: path) { file in
            try file.write(magic)
            for number in [version, UInt32(width)] { try file.write(bytes(of: number)) }
            for number in [UInt64(size), UInt64(tokens.count)] { try file.write(bytes(of: number)) }
            try file.write(tokenizer.fingerprint)
            for start in stride(from: 0, to: tokens.count, by: chunk) {
                let part = tokens[start..<min(start + chunk, tokens.count)]
                try file.write(width == 2 ? bytes(of: part.map(UInt16.init)) : bytes(of: part.map(UInt32.init)))
            }
        }
        return headerByteCount + width * tokens.count
    }

    /// Tokens that are turned into bytes at once.
    private static let chunk = 1 << 16

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func bytes<Number: FixedWidthInteger>(of numbers: [Number]) -> [UInt8] {
        numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }
}
