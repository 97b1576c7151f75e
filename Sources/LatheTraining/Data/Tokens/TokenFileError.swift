import LatheFiles

/// Why a file of tokens cannot be read.
public struct TokenFileError: CurableError, Equatable, Sendable {
    /// The ways in which a file can be wrong.
    package enum Problem: Equatable, Sendable {
        /// It begins otherwise.
        case noTokenFile
        /// A version that is not known.
        case version(UInt32)
        /// Tokens of another size than 2 or 4 bytes.
        case width(UInt32)
        /// A vocabulary that is empty, or larger than tokens of that size can tell apart.
        case vocabularySize(UInt64)
        /// Another size than its header says; `expected` is the largest number where that is more than a file can have.
        case byteCount(expected: UInt64, got: Int)
        /// A fingerprint that is none.
        case fingerprint
        /// A token that is none of the vocabulary.
        case token(UInt64, vocabularySize: Int)
        /// The tokens of another tokenizer.
        case otherTokenizer(directory: String?)
    }

    public let path: String
    package let problem: Problem

    public var description: String {
        let cure = "write it anew"
        return switch problem {
        case .noTokenFile: "\(path): is no file of tokens; \(cure)"
        case .version(let got):
            "\(path): is a file of tokens of version \(got), and this program reads version \(TokenFile.version); \(cure)"
        case .width(let got): "\(path): has tokens of \(got) bytes, expected 2 or 4; \(cure)"
        case .vocabularySize(let got):
            "\(path): has a vocabulary of \(got) tokens, which is impossible for tokens of this size; \(cure)"
        case .byteCount(.max, let got):
            "\(path): has \(got) bytes, and its header promises more than a file can have; \(cure)"
        case .byteCount(let expected, let got):
            "\(path): has \(got) bytes, expected \(expected); it was cut off or changed, \(cure)"
        case .fingerprint: "\(path): has no fingerprint of a tokenizer in its header; \(cure)"
        case .token(let got, let size): "\(path): has token \(got), and its vocabulary \(size); it was changed, \(cure)"
        case .otherTokenizer(let directory):
            "\(path): has the tokens of another tokenizer than \(directory ?? "the model's"); \(cure)"
        }
    }

    public var cures: [Cure] {
        if case .otherTokenizer(let directory) = problem {
            [.tokenize(directory: directory)]
        } else {
            [.tokenize(directory: nil)]
        }
    }
}
