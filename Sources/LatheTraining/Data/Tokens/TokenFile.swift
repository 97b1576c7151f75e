import LatheFiles
import LatheTokenizers

/// A text as a file of tokens, which is mapped into memory and read where it is needed.
///
/// All numbers are little-endian:
///
/// | bytes | what |
/// | --- | --- |
/// | 0..<8 | `89 4C 54 4F 4B 0D 0A 1A`: no text begins like this |
/// | 8..<12 | the version, 1 |
/// | 12..<16 | bytes of a token: 2 or 4 |
/// | 16..<24 | the size of the vocabulary: each token is below it |
/// | 24..<32 | the number of tokens |
/// | 32..<96 | the tokenizer's fingerprint, 64 hexadecimal digits |
/// | 96… | the tokens, unsigned, up to the end of the file |
package struct TokenFile: Sendable {
    /// What a file of tokens begins with.
    static let magic: [UInt8] = [0x89, 0x4C, 0x54, 0x4F, 0x4B, 0x0D, 0x0A, 0x1A]
    static let version: UInt32 = 1
    static let headerByteCount = 96
    /// The largest vocabulary, so that a token is an `Int32`.
    static let vocabularyLimit = 1 << 31

    /// The number of tokens.
    package let count: Int
    /// Each token is below it.
    package let vocabularySize: Int
    /// What the tokens mean: see `Tokenizer.fingerprint`.
    package let fingerprint: String
    /// The largest token; -1 where there is none.
    package let largestToken: Int32
    /// Bytes of a token.
    let width: Int
    private let file: MappedFile

    /// Where it lies.
    package var path: String { file.path }

    /// Whether `file` says that it is one.
    package static func isOne(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.starts(with: magic) }
    }

    /// Opens a file and looks through its tokens once.
    /// - Throws: `TokenFileError` with what is wrong in it.
    package init(_ file: MappedFile) throws(TokenFileError) {
        func refuse(_ problem: TokenFileError.Problem) -> TokenFileError {
            TokenFileError(path: file.path, problem: problem)
        }
        guard Self.isOne(file) else { throw refuse(.noTokenFile) }
        guard file.byteCount >= Self.headerByteCount else {
            throw refuse(.byteCount(expected: UInt64(Self.headerByteCount), got: file.byteCount))
        }
        let header = file.withUnsafeBytes { TokenFileHeader($0) }
        guard header.version == Self.version else { throw refuse(.version(header.version)) }
        guard header.width == 2 || header.width == 4 else { throw refuse(.width(header.width)) }
        guard (1...UInt64(header.width == 2 ? 1 << 16 : Self.vocabularyLimit)).contains(header.vocabularySize) else {
            throw refuse(.vocabularySize(header.vocabularySize))
        }
        let (tokenBytes, tokensOverflow) = header.count.multipliedReportingOverflow(by: UInt64(header.width))
        let (expected, overflow) = tokenBytes.addingReportingOverflow(UInt64(Self.headerByteCount))
        guard !tokensOverflow, !overflow, expected == UInt64(file.byteCount) else {
            throw refuse(.byteCount(expected: tokensOverflow || overflow ? .max : expected, got: file.byteCount))
        }
        guard let fingerprint = header.fingerprint else { throw refuse(.fingerprint) }
        (self.file, self.fingerprint, width) = (file, fingerprint, Int(header.width))
        (count, vocabularySize) = (Int(header.count), Int(header.vocabularySize))
        let largest = Self.largest(in: file, width: width)
        guard largest < header.vocabularySize || count == 0 else {
            throw refuse(.token(largest, vocabularySize: vocabularySize))
        }
        largestToken = count == 0 ? -1 : Int32(largest)
    }

    /// The tokens at these places.
    /// - Precondition: `range` lies in `0..<count`.
    package subscript(range: Range<Int>) -> [Int32] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) of \(count)")
        return file.withUnsafeBytes { bytes in
            width == 2
                ? range.map { Int32(Self.tokens(bytes, as: UInt16.self)[$0].littleEndian) }
                : range.map { Int32(bitPattern: Self.tokens(bytes, as: UInt32.self)[$0].littleEndian) }
        }
    }

    /// Makes sure that the tokens are those of `tokenizer`.
    /// - Parameter directory: where the tokenizer lies.
    /// - Throws: `TokenFileError`.
    func check(_ tokenizer: Tokenizer, in directory: String?) throws(TokenFileError) {
        if tokenizer.fingerprint != fingerprint {
            throw TokenFileError(path: path, problem: .otherTokenizer(directory: directory))
        }
    }

    private static func tokens<Token>(_ bytes: UnsafeRawBufferPointer, as type: Token.Type) -> UnsafeBufferPointer<
        Token
    > {
        UnsafeRawBufferPointer(rebasing: bytes[headerByteCount...]).assumingMemoryBound(to: type)
    }

    private static func largest(in file: MappedFile, width: Int) -> UInt64 {
        file.withUnsafeBytes { bytes in
            width == 2
                ? UInt64(largest(tokens(bytes, as: UInt16.self))) : UInt64(largest(tokens(bytes, as: UInt32.self)))
        }
    }

    private static func largest<Token: FixedWidthInteger>(_ tokens: UnsafeBufferPointer<Token>) -> Token {
        var largest: Token = 0
        for token in tokens { largest = max(largest, token.littleEndian) }
        return largest
    }
}

/// The numbers in the header of a file of tokens, as they stand there.
private struct TokenFileHeader {
    let version: UInt32
    let width: UInt32
    let vocabularySize: UInt64
    let count: UInt64
    /// Nil where there are other characters than 64 hexadecimal digits.
    let fingerprint: String?

    /// - Precondition: `bytes` has a whole header.
    init(_ bytes: UnsafeRawBufferPointer) {
        version = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        width = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        vocabularySize = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        count = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        let digits = bytes[32..<TokenFile.headerByteCount]
        let areHexadecimal = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        fingerprint = areHexadecimal ? String(decoding: digits, as: UTF8.self) : nil
    }
}
