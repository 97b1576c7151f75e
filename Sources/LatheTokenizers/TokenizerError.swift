import LatheFiles

/// What is wrong with a tokenizer's files, or with a request to it.
public enum TokenizerError: DescribedError, Equatable, Sendable {
    /// The file system refused.
    case io(FileError)
    /// A directory without any of the files that a tokenizer can be read from.
    case noTokenizer(directory: String)
    /// `vocab.json` without `merges.txt`, or the other way round.
    case missingCompanion(file: String, companion: String)
    /// A file that is no strict JSON.
    case malformedJSON(file: String, problem: JSONError)
    /// A file whose content is wrong or not supported; up to 50 problems, and how many there are in all.
    case invalid(file: String, problems: [Problem], count: Int)

    /// A limit that leaves no room for the special tokens.
    case limitTooSmall(maxLength: Int, specialTokens: Int)
    /// A text that alone may be cut, but is too short to make both short enough.
    case cannotTruncate(maxLength: Int, truncation: TokenizerOptions.Truncation)
    /// The second text is to be cut, and there is none.
    case noSecondText
    /// A text of 2 GiB or more.
    case textTooLong(byteCount: Int)
    /// Texts of a batch and their second texts, which are not equally many.
    case unequalPairs(texts: Int, pairs: Int)
    /// A batch is to be padded, and the tokenizer has no token for that.
    case noPaddingToken
    /// A decoder in `tokenizer.json`, of this type, that Lathe does not have: the tokenizer encodes and does not
    /// decode.
    case unsupportedDecoder(String)
}

extension TokenizerError {
    /// One thing that is wrong in a tokenizer's file.
    public struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// What can be wrong.
        package enum Reason: Equatable, Sendable {
            /// Something that must be there is not.
            case missing(expected: String)
            /// Something else is there.
            case unexpected(expected: String, got: String)
            /// A component, or an option of one, that Lathe does not have.
            case unsupported(got: String, supported: [String])
            /// A token that the vocabulary does not have.
            case unknownToken(String)
        }

        /// Where: a path of keys and indices such as `model.merges[3]`, or a line such as `line 7`.
        public var key: String
        /// What is wrong there.
        package var reason: Reason

        /// Makes the problem.
        package init(key: String, reason: Reason) {
            self.key = key
            self.reason = reason
        }

        /// The place, what is wrong, and the cure.
        public var description: String {
            switch reason {
            case .missing(let expected): "\(key): missing; add \(expected)"
            case .unexpected(let expected, let got): "\(key): expected \(expected), got \(got)"
            case .unsupported(let got, let supported):
                "\(key): \(got) is not supported; use \(supported.joined(separator: ", "))"
            case .unknownToken(let token):
                "\(key): the vocabulary has no token \(Self.shortened(token)); add it there or remove this"
            }
        }

        /// `text` in quotes, no longer than a line.
        static func shortened(_ text: String) -> String {
            let shown = text.unicodeScalars.prefix(60)
            return JSONValue.quoted(shown.count < 60 ? text : String(String.UnicodeScalarView(shown)) + "…")
        }
    }
}

extension TokenizerError {
    /// The message: the file, what is wrong, and the cure.
    public var description: String {
        switch self {
        case .io(let error): error.description
        case .noTokenizer(let directory):
            "\(directory): no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt; "
                + "copy the tokenizer's files of the model there"
        case .missingCompanion(let file, let companion):
            "\(file): \(companion) is missing beside it; copy it from the same model, or use its tokenizer.json"
        case .malformedJSON(let file, let problem):
            "\(file): not valid JSON: \(problem); download or copy the file again"
        case .invalid(let file, let problems, let count):
            problems.map { "\(file): \($0)" }.joined(separator: "\n")
                + (count > problems.count ? "\n\(file): and \(count - problems.count) more problems" : "")
        case .limitTooSmall(let maxLength, let specialTokens):
            "maxLength: \(maxLength) leaves no room for \(specialTokens) special tokens; "
                + "raise it or set addSpecialTokens to false"
        case .cannotTruncate(let maxLength, let truncation):
            "truncation: with \(truncation.rawValue) the texts cannot be cut to \(maxLength) tokens; "
                + "raise maxLength or use longest_first"
        case .noSecondText: "truncation: only_second needs a second text; give one or use longest_first"
        case .textTooLong(let byteCount):
            "the text has \(byteCount) bytes, a tokenizer takes less than \(Int32.max); split it"
        case .unequalPairs(let texts, let pairs):
            "the batch has \(texts) texts and \(pairs) second texts; give each text one, or give none"
        case .unsupportedDecoder(let type):
            "tokenizer.json: decoder.type: \(TokenizerError.Problem.shortened(type)) is not supported; tokens become text with WordPiece or ByteLevel only"
        case .noPaddingToken:
            "padding: the tokenizer has no token for padding; add \"pad_token\" to its tokenizer_config.json"
        }
    }
}
