import LatheFiles
import LatheModels
import LatheTokenizers

/// A long row of tokens, for language modelling: in memory, or in files of tokens, which are read where they are
/// needed.
public struct TokenStream: Sendable {
    /// The number of tokens.
    public let count: Int
    /// Where it comes from, for messages.
    public let source: String
    private let parts: [Part]

    /// Tokens in one place.
    private struct Part: Sendable {
        enum Content: Sendable {
            case memory([Int32])
            case file(TokenFile)
        }

        let content: Content
        /// Its place in the row.
        let range: Range<Int>

        init(_ content: Content, from start: Int) {
            self.content = content
            let count =
                switch content {
                case .memory(let tokens): tokens.count
                case .file(let file): file.count
                }
            range = start..<start + count
        }

        /// The tokens at these places of the row, which this part has.
        subscript(places: Range<Int>) -> ArraySlice<Int32> {
            let own = places.lowerBound - range.lowerBound..<places.upperBound - range.lowerBound
            return switch content {
            case .memory(let tokens): tokens[own]
            case .file(let file): file[own][...]
            }
        }

        var largestToken: Int32 {
            switch content {
            case .memory(let tokens): tokens.max() ?? -1
            case .file(let file): file.largestToken
            }
        }
    }

    private init(_ contents: [Part.Content], source: String) {
        var parts: [Part] = []
        for content in contents { parts.append(Part(content, from: parts.last?.range.upperBound ?? 0)) }
        self.parts = parts
        count = parts.last?.range.upperBound ?? 0
        self.source = source
    }

    public init(_ tokens: [Int32], source: String) { self.init([.memory(tokens)], source: source) }

    /// Reads files: a file of tokens (see `TokenFile`) as it is, a plain text as one document, of JSON lines each
    /// object's `text` as one. Documents are joined by the token that ends a text, if there is one.
    /// - Parameters:
    ///   - files: texts, or files of tokens, one after the other.
    ///   - tokenizer: the model's.
    ///   - directory: the tokenizer's, for messages.
    ///   - report: receives the number of files that are read.
    /// - Throws: `DataError`, `TokenFileError`, `TokenizerError`, or `TaskError` if there are fewer than two tokens.
    public init(
        files: [String], tokenizer: Tokenizer, in directory: String? = nil, report: (_ done: Int) -> Void = { _ in }
    ) throws {
        try self.init(files: files, tokenizer: tokenizer, in: directory, report: report) { try DatasetFile.open($0) }
    }

    /// Reads files likewise, which `open` opens; the path of a file is then the opened file's.
    /// - Throws: what `open` throws as well.
    package init(
        files: [String], tokenizer: Tokenizer, in directory: String? = nil, report: (_ done: Int) -> Void = { _ in },
        open: (String) throws -> MappedFile
    ) throws {
        var sources: [String] = [], contents: [Part.Content] = [], tokens: [Int32] = []
        func separate() {
            if !tokens.isEmpty || !contents.isEmpty, let end = tokenizer.specialTokens.end { tokens.append(end) }
        }
        for (number, path) in files.enumerated() {
            report(number)
            let file = try open(path)
            sources.append(file.path)
            if TokenFile.isOne(file) {
                let file = try TokenFile(file)
                try file.check(tokenizer, in: directory)
                separate()
                contents += [.memory(tokens), .file(file)]
                tokens = []
            } else {
                for document in try Self.documents(file, each: .document) {
                    separate()
                    tokens += try tokenizer.encode(document, options: TokenizerOptions(addSpecialTokens: false)).ids
                }
            }
        }
        report(files.count)
        self.init(contents + [.memory(tokens)], source: sources.joined(separator: ", "))
        if count < 2 { throw TaskError.tooFewTokens(file: source, got: count) }
    }

    /// The tokens at these places.
    /// - Precondition: `range` lies in `0..<count`.
    public subscript(range: Range<Int>) -> [Int32] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) of \(count)")
        var tokens: [Int32] = []
        tokens.reserveCapacity(range.count)
        for part in parts where part.range.overlaps(range) { tokens += part[part.range.clamped(to: range)] }
        return tokens
    }

    /// All tokens, in memory.
    public var tokens: [Int32] { self[0..<count] }

    /// The texts in a file: the `text` of each object of JSON lines, or what `unit` says of a plain text.
    package static func documents(_ file: MappedFile, each unit: DatasetFile.TextUnit) throws -> [String] {
        guard file.path.hasSuffix(".jsonl") || file.path.hasSuffix(".json") else {
            return try DatasetFile.loadText(file, each: unit).examples.map(\.text)
        }
        return try DatasetFile.load(file, schema: TextSchema(text: "text"), format: .jsonl).examples.map(\.text)
    }

    /// Checks that `model` knows all tokens.
    /// - Throws: `TaskError`.
    package func check(for model: some LanguageModel) throws(TaskError) {
        if let token = parts.map(\.largestToken).max(), token >= model.vocabularySize {
            throw .tokenOutOfRange(token: token, vocabularySize: model.vocabularySize)
        }
    }
}
