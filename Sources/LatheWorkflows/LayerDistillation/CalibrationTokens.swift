import LatheModels
import LatheTensor
import LatheTokenizers
import LatheTraining

/// Sequences of tokens to learn from without labels.
public struct CalibrationTokens: Sendable {
    /// The tokens of each sequence, special ones included.
    public let ids: [[Int32]]
    /// The type of each token; nil where all are 0.
    public let tokenTypes: [[Int32]]?
    /// What tells them from others, for resuming.
    public let identity: String

    /// - Precondition: there is a sequence, and none is empty.
    public init(ids: [[Int32]], tokenTypes: [[Int32]]? = nil, identity: String) {
        precondition(
            !ids.isEmpty && ids.allSatisfy { !$0.isEmpty }, "calibration needs sequences, each of a token at least")
        (self.ids, self.tokenTypes, self.identity) = (ids, tokenTypes, identity)
    }

    /// `count` sequences of `length` tokens each, all equally likely (ZeroQuant shows that even those help).
    public init(random count: Int, length: Int, vocabularySize: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        self.init(
            ids: (0..<count).map { _ in (0..<length).map { _ in Int32(random.integer(below: vocabularySize)) } },
            identity: "\(count) random sequences of \(length) tokens")
    }

    /// Reads a file with the tokenizer of the model in `directory`.
    /// - Parameters:
    ///   - path: a file of `task`, or without one a text: JSON lines with a `text` each, or plain text. Language models
    ///     read plain text as one document that is cut into blocks, the others line by line.
    ///   - task: the task whose file it is; nil for a text. Language models need none.
    ///   - network: the model, which must know the tokens.
    ///   - directory: the model's, with its tokenizer.
    ///   - maxLength: the most tokens of a sequence; nil for 128, or as many as the model takes.
    /// - Throws: `DataError`, `TokenizerError`, `TaskError`: a table without a task is an error, so that no header and
    ///   no label is taken for text.
    public init(
        path: String, task: TextTask? = nil, for network: any LayeredTransformer, in directory: String,
        maxLength: Int? = nil
    ) throws {
        let length = try SequenceLength.of(maxLength, usual: 128, limit: network.longestSequence),
            tokenizer = try Tokenizer(directory: directory)
        if network is any LanguageModel {
            let stream = try TokenStream(files: [path], tokenizer: tokenizer, in: directory)
            let blocks = stride(from: 0, to: stream.count, by: length).map {
                stream[$0..<min($0 + length, stream.count)]
            }
            ids = blocks.count > 1 ? blocks.filter { $0.count == length } : blocks
            tokenTypes = nil
        } else {
            let texts = try TokenizedTexts(
                Self.examples(path, task, in: directory), tokenizer: tokenizer, maxLength: length)
            (ids, tokenTypes) = (texts.ids, texts.tokenTypes)
        }
        identity =
            "\(ids.count) sequences of up to \(length) tokens, \(ids.reduce(0) { $0 + $1.count }) in all, from \(path)"
        try check(network)
    }

    /// The examples of a table, those of a user's own by the columns that the model was trained with; labels are of no
    /// account.
    private static func examples(_ path: String, _ task: TextTask?, in directory: String) throws -> [TextExample] {
        if let glue = task?.glue { return try DatasetFile.load(path, task: glue).examples }
        if task != nil { return try TextLines.table(path, columns: TextColumns(learnedBy: directory)).examples }
        switch CalibrationContent(of: path) {
        case .table: throw TaskError.unnamedColumns(file: path)
        case .textObjects: return try DatasetFile.load(path, schema: TextSchema(text: "text")).examples
        case .plainText: return try DatasetFile.loadText(path).examples
        }
    }

    private func check(_ network: any LayeredTransformer) throws(TaskError) {
        if let token = ids.lazy.flatMap({ $0 }).first(where: { $0 >= network.vocabularySize }) {
            throw .tokenOutOfRange(token: token, vocabularySize: network.vocabularySize)
        }
        if let types = network.tokenTypeCount, let type = tokenTypes?.lazy.flatMap({ $0 }).first(where: { $0 >= types })
        {
            throw .tokenTypeOutOfRange(type: type, count: types)
        }
    }

    /// At most `count` batches in an order that depends on the seed, full ones unless there are fewer sequences than
    /// one takes.
    func batches(of size: Int, atMost count: Int, seed: UInt64) -> [TokenBatch] {
        let size = min(size, ids.count),
            full = ShuffledBatches(count: ids.count, batchSize: size, seed: seed).batches(epoch: 0).filter {
                $0.count == size
            }
        return full.prefix(count).map { batch in
            TokenBatch(joining: batch.map { ids[$0] }, tokenTypes: tokenTypes.map { types in batch.map { types[$0] } })
        }
    }
}
