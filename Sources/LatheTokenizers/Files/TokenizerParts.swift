/// What a tokenizer is made of, however its files say it.
struct TokenizerParts: Sendable {
    var model: TokenizerModel
    var normalizers: [Normalizer] = []
    var preTokenizers: [PreTokenizer] = []
    var postProcessor = PostProcessor()
    var decoder = TokenDecoder.spaces
    /// In the order of the file; ``addTokens(_:)`` gives their ids.
    var added: [AddedToken] = []
    var padding: PaddingToken?
    var paddingSide = TokenizerOptions.Side.right
    /// Whether special tokens that stand in a text are split like other text.
    var splitsSpecialTokens = false

    init(model: TokenizerModel) {
        self.model = model
    }

    /// Adds tokens and gives them the ids that `tokenizers` gives: that of the vocabulary, or else the next free one.
    mutating func addTokens(_ tokens: [AddedToken]) {
        var known: [[UInt8]: Int32] = [:]
        for token in added { known[Array(token.content.utf8)] = token.id }
        var next = max(Int32(clamping: model.vocabulary.count), (known.values.max() ?? -1) + 1)
        for var token in tokens where !token.content.isEmpty {
            let content = Array(token.content.utf8)
            if let id = known[content] ?? model.vocabulary.id(of: token.content) {
                token.id = id
            } else {
                token.id = next
                next += 1
            }
            known[content] = token.id
            added.append(token)
        }
    }
}

/// The models that Lathe has.
enum TokenizerModel: Sendable {
    case wordPiece(WordPieceModel)
    case bpe(BPEModel)

    var vocabulary: Vocabulary {
        switch self {
        case .wordPiece(let model): model.vocabulary
        case .bpe(let model): model.vocabulary
        }
    }

    var isWordPiece: Bool { !isBPE }

    var isBPE: Bool {
        if case .bpe = self { true } else { false }
    }
}
