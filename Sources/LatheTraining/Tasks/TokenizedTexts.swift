import LatheModels
import LatheTokenizers

/// Texts with their labels, as a model takes them.
public struct TokenizedTexts: Sendable {
    /// The texts' labels, in the file's order.
    public let labels: [TextExample.Label]
    /// The tokens of each text, special ones included.
    public let ids: [[Int32]]
    /// The type of each token; nil where all are 0.
    public let tokenTypes: [[Int32]]?

    /// Tokenises `examples`.
    /// - Parameters:
    ///   - examples: texts or pairs, with their labels.
    ///   - tokenizer: the model's.
    ///   - maxLength: the most tokens of a text; longer ones are cut, of a pair the longer first.
    /// - Throws: `TokenizerError`, or `TaskError.noTokens` for a text of which the tokenizer leaves nothing.
    public init(_ examples: [TextExample], tokenizer: Tokenizer, maxLength: Int) throws {
        let options = TokenizerOptions(maxLength: maxLength, truncationSide: tokenizer.preferredTruncationSide)
        var ids: [[Int32]] = [], types: [[Int32]] = []
        for (index, example) in examples.enumerated() {
            let encoding = try tokenizer.encode(example.text, pair: example.pair, options: options)
            if encoding.count == 0 { throw TaskError.noTokens(text: index + 1, content: example.text) }
            ids.append(encoding.ids)
            types.append(encoding.typeIDs)
        }
        labels = examples.map(\.label)
        self.ids = ids
        tokenTypes = types.contains { $0.contains { $0 != 0 } } ? types : nil
    }

    /// The number of texts.
    public var count: Int { ids.count }
    /// The tokens of each text.
    public var lengths: [Int] { ids.map(\.count) }

    /// The texts at `indices`, without padding.
    public func batch(_ indices: [Int]) -> TokenBatch {
        TokenBatch(joining: indices.map { ids[$0] }, tokenTypes: tokenTypes.map { types in indices.map { types[$0] } })
    }

    /// All texts in batches of similar length, for evaluation: longest first, so that memory is at its largest at once.
    package func batches(of size: Int) -> [[Int]] {
        let order = ids.indices.sorted { (ids[$0].count, $1) > (ids[$1].count, $0) }
        return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
    }

    /// Checks that `model` knows all tokens and their types.
    /// - Throws: `TaskError`.
    public func check(for model: some SequenceClassifier) throws(TaskError) {
        if let token = ids.lazy.flatMap({ $0 }).first(where: { $0 >= model.vocabularySize }) {
            throw .tokenOutOfRange(token: token, vocabularySize: model.vocabularySize)
        }
        if let types = model.tokenTypeCount, let type = tokenTypes?.lazy.flatMap({ $0 }).first(where: { $0 >= types }) {
            throw .tokenTypeOutOfRange(type: type, count: types)
        }
    }
}
