import LatheModels
import LatheTensor

/// A long row of tokens, for language modelling.
public struct TokenStream: Sendable {
    public let tokens: [Int32]
    /// Where it comes from, for messages.
    public let source: String

    public init(_ tokens: [Int32], source: String) {
        self.tokens = tokens
        self.source = source
    }

    /// Reads files: a plain text is one document; of JSON lines each object's `text` is one. Documents are joined by the token that ends a text, if there is
    /// one.
    /// - Throws: `DataError`, `TokenizerError`, or `TaskError` when there are fewer than two tokens.
    public init(files: [String], tokenizer: Tokenizer) throws {
        var tokens: [Int32] = []
        for file in files {
            for document in try Self.documents(file, each: .document) {
                if !tokens.isEmpty, let end = tokenizer.specialTokens.end { tokens.append(end) }
                tokens += try tokenizer.encode(document, options: TokenizerOptions(addSpecialTokens: false)).ids
            }
        }
        let source = files.joined(separator: ", ")
        if tokens.count < 2 { throw TaskError.tooFewTokens(file: source, got: tokens.count) }
        self.init(tokens, source: source)
    }

    /// The texts in a file: the `text` of each object of JSON lines, or what `unit` says of a plain text.
    static func documents(_ file: String, each unit: DatasetFile.TextUnit) throws -> [String] {
        guard file.hasSuffix(".jsonl") || file.hasSuffix(".json") else { return try DatasetFile.loadText(file, each: unit).examples.map(\.text) }
        return try DatasetFile.load(file, schema: TextSchema(text: "text"), format: .jsonl).examples.map(\.text)
    }

    /// Checks that `model` knows all tokens.
    /// - Throws: `TaskError`.
    func check(for model: some LanguageModel) throws(TaskError) {
        if let token = tokens.first(where: { $0 >= model.vocabularySize }) {
            throw .tokenOutOfRange(token: token, vocabularySize: model.vocabularySize)
        }
    }
}
