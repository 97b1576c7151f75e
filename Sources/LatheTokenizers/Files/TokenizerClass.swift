/// A class of transformers that builds a tokenizer from a vocabulary and settings of its own. Of `tokenizer.json` it
/// takes the vocabulary, the added tokens and, as `GPT2Tokenizer` does, the post-processor.
enum TokenizerClass: Sendable {
    case bert, distilBert, roberta, gpt2

    /// - Parameter name: as in `tokenizer_class`, with or without `Fast` at its end; `nil` for other classes, which go
    ///   by `tokenizer.json`.
    init?(name: String) {
        switch name.hasSuffix("Fast") ? String(name.dropLast(4)) : name {
        case "BertTokenizer": self = .bert
        case "DistilBertTokenizer": self = .distilBert
        case "RobertaTokenizer": self = .roberta
        case "GPT2Tokenizer": self = .gpt2
        default: return nil
        }
    }

    /// The name of the class that goes with models of a `model_type`.
    static func name(ofModelType type: String) -> String? {
        switch type {
        case "bert", "distilbert": "BertTokenizer"
        case "roberta": "RobertaTokenizer"
        case "gpt2": "GPT2Tokenizer"
        default: nil
        }
    }

    var isWordPiece: Bool { self == .bert || self == .distilBert }

    /// Whether models get the types of tokens unless `model_input_names` says otherwise.
    var hasTokenTypes: Bool { self == .bert }

    /// The special tokens that the class has where no file names others.
    var usualTokens: [TokenizerSettings.Role: String] {
        switch self {
        case .bert, .distilBert:
            [.padding: "[PAD]", .unknown: "[UNK]", .classifier: "[CLS]", .separator: "[SEP]", .mask: "[MASK]"]
        case .roberta:
            [
                .beginning: "<s>", .end: "</s>", .separator: "</s>", .classifier: "<s>", .unknown: "<unk>",
                .padding: "<pad>", .mask: "<mask>",
            ]
        case .gpt2: [.unknown: "<|endoftext|>", .beginning: "<|endoftext|>", .end: "<|endoftext|>"]
        }
    }
}

extension TokenizerParts {
    /// Completes what a file says of the tokenizer by what the files beside it do, as transformers does: more tokens,
    /// and the parts that the tokenizer's class builds anew.
    /// - Parameter isFromJSON: whether the parts are those of a `tokenizer.json`.
    /// - Throws: `TokenizerError` for a class that does not go with the vocabulary.
    mutating func complete(by settings: TokenizerSettings, isFromJSON: Bool) throws(TokenizerError) {
        var known = Set(added.map(\.content))
        addTokens((settings.added + settings.roleTokens + settings.extra).filter { known.insert($0.content).inserted })
        if let kind = settings.kind {
            guard kind.isWordPiece == model.isWordPiece else {
                let vocabulary = model.isWordPiece ? "WordPiece" : "byte-pair encoding",
                    classes = model.isWordPiece ? ["BertTokenizer"] : ["RobertaTokenizer", "GPT2Tokenizer"]
                let got = "\(settings.className ?? "") for a vocabulary of \(vocabulary)"
                throw settings.problem(
                    "tokenizer_class", .unsupported(got: got, supported: classes + ["PreTrainedTokenizerFast"]))
            }
            if kind.isWordPiece {
                try rebuildWordPiece(settings)
            } else {
                try rebuildByteLevel(kind, settings, isFromJSON: isFromJSON)
            }
        } else if settings.className == nil {
            overrule(by: settings)
        }
        if !settings.hasTokenTypes { postProcessor.dropTypes() }
        splitsSpecialTokens = settings.splitsSpecialTokens
    }

    /// The parts of BERT's class.
    private mutating func rebuildWordPiece(_ settings: TokenizerSettings) throws(TokenizerError) {
        normalizers = [
            .bert(
                BertNormalizer(
                    separatesChinese: settings.separatesChinese,
                    stripsAccents: settings.stripsAccents ?? settings.lowercases, lowercases: settings.lowercases))
        ]
        preTokenizers = [.bert]
        decoder = .wordPiece(prefix: "##", cleansUp: true)
        if case .wordPiece(let pieces) = model, let unknown = settings.content(.unknown) {
            guard let id = model.vocabulary.id(of: unknown) else {
                throw settings.problem("unk_token", .unknownToken(unknown))
            }
            model = .wordPiece(pieces.replacing(unknown: id, prefix: "##"))
        }
        guard let (start, separator) = try edges(settings) else { return }
        postProcessor = .bert(start: start, separator: separator)
    }

    /// The parts of RoBERTa's and GPT-2's classes.
    private mutating func rebuildByteLevel(_ kind: TokenizerClass, _ settings: TokenizerSettings, isFromJSON: Bool)
        throws(TokenizerError)
    {
        normalizers = []
        preTokenizers = [.byteLevel(ByteLevel(addsPrefixSpace: settings.addsPrefixSpace))]
        decoder = .byteLevel
        if kind == .roberta, let (start, separator) = try edges(settings) {
            postProcessor = .roberta(start: start, separator: separator)
            postProcessor.trims = [settings.addsPrefixSpace]
        } else if kind == .gpt2 {
            if !isFromJSON {
                postProcessor = .edges(
                    beginning: token(.beginning, settings, settings.addsBeginning),
                    end: token(.end, settings, settings.addsEnd))
            }
            postProcessor.trims = postProcessor.trims.map { _ in settings.addsPrefixSpace }
        }
    }

    /// Settings that stand in files which name no class.
    private mutating func overrule(by settings: TokenizerSettings) {
        for index in normalizers.indices {
            guard model.isWordPiece, case .bert(var normalizer) = normalizers[index] else { continue }
            if settings.names("do_lower_case") { normalizer.lowercases = settings.lowercases }
            if settings.names("strip_accents") {
                normalizer.stripsAccents = settings.stripsAccents ?? normalizer.lowercases
            }
            if settings.names("tokenize_chinese_chars") { normalizer.separatesChinese = settings.separatesChinese }
            normalizers[index] = .bert(normalizer)
        }
        guard model.isBPE, settings.names("add_prefix_space") else { return }
        for index in preTokenizers.indices {
            guard case .byteLevel(var stage) = preTokenizers[index] else { continue }
            stage.addsPrefixSpace = settings.addsPrefixSpace
            preTokenizers[index] = .byteLevel(stage)
        }
        postProcessor.trims = postProcessor.trims.map { _ in settings.addsPrefixSpace }
    }

    // MARK: Tokens

    private func id(of token: String) -> Int32? {
        added.last { $0.content == token }?.id ?? model.vocabulary.id(of: token)
    }

    private func token(_ role: TokenizerSettings.Role, _ settings: TokenizerSettings, _ isWanted: Bool) -> (
        id: Int32, text: String
    )? {
        guard isWanted, let text = settings.content(role), let id = id(of: text) else { return nil }
        return (id, text)
    }

    /// The tokens around texts.
    private func edges(_ settings: TokenizerSettings) throws(TokenizerError) -> (
        start: (id: Int32, text: String), separator: (id: Int32, text: String)
    )? {
        for role in [TokenizerSettings.Role.classifier, .separator] where settings.content(role)?.isEmpty == true {
            throw settings.problem(role.rawValue, .unexpected(expected: "a token", got: "an empty string"))
        }
        guard let start = token(.classifier, settings, true), let separator = token(.separator, settings, true) else {
            return nil
        }
        return (start, separator)
    }
}
