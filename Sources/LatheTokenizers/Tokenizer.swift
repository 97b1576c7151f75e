import LatheFiles

/// Turns text into the numbers that a model takes, and back, exactly as the Python package `tokenizers` does.
///
/// ```swift
/// let tokenizer = try Tokenizer(directory: "all-MiniLM-L6-v2")
/// let encoding = try tokenizer.encode("Where is it?", pair: "Here.", options: TokenizerOptions(maxLength: 128))
/// encoding.ids       // [101, 2073, 2003, 2009, 1029, 102, 2182, 1012, 102]
/// tokenizer.decode(encoding.ids, skippingSpecialTokens: true)   // "where is it? here."
/// ```
///
/// There are WordPiece (BERT) and byte-pair encoding (GPT-2, RoBERTa). A component of a `tokenizer.json` that Lathe
/// does not have is an error that names it. One tokenizer may be used by many threads at once.
public final class Tokenizer: Sendable {
    /// The ids of tokens with a special meaning, nil where a tokenizer has none.
    public struct SpecialTokens: Sendable, Hashable {
        /// Fills up the shorter texts of a batch.
        public var padding: Int32?
        /// Stands for what the vocabulary does not cover.
        public var unknown: Int32?
        /// Begins a text whose first output is classified.
        public var classifier: Int32?
        /// Ends a text, and lies between those of a pair.
        public var separator: Int32?
        /// Stands for a token to be guessed.
        public var mask: Int32?
        /// Begins a text.
        public var beginning: Int32?
        /// Ends a text.
        public var end: Int32?
    }

    /// The tokens that are found in the text itself, by their ids; special tokens are among them.
    package var addedTokens: [AddedToken] { names.added.tokens }
    /// The tokens with a special meaning.
    public let specialTokens: SpecialTokens
    /// The longest input of the model, where `tokenizer_config.json` says it; encoding does not cut to it by itself.
    public let modelMaxLength: Int?
    /// The end at which batches are padded.
    public let paddingSide: TokenizerOptions.Side
    /// The end at which `tokenizer_config.json` wants texts cut; encoding goes by its options.
    public let preferredTruncationSide: TokenizerOptions.Side

    let model: TokenizerModel
    let normalizer: NormalizerChain
    let preTokenizers: [PreTokenizer]
    let postProcessor: PostProcessor
    let decoder: TokenDecoder
    let names: TokenNames
    let paddingToken: PaddingToken?
    let workspaces = WorkspacePool()

    /// Reads the tokenizer of a model's directory.
    ///
    /// It takes `tokenizer.json` if there is one, else `vocab.txt` (BERT), else `vocab.json` with `merges.txt` (GPT-2,
    /// RoBERTa). `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` name special and added
    /// tokens, and settings: `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`, `add_prefix_space`,
    /// `split_special_tokens`, `model_input_names`, `tokenizer_class`. As in transformers, the classes of BERT,
    /// DistilBERT, RoBERTa and GPT-2 go by these settings, and by their own defaults, whatever `tokenizer.json` says
    /// beside the vocabulary. Where no file names the class, it is that of the model in `config.json`.
    /// - Parameters:
    ///   - directory: the directory.
    ///   - lowercases: whether texts are put in lower case before all else.
    /// - Throws: `TokenizerError` with everything that is wrong in a file.
    public convenience init(directory: String, lowercases: Bool = false) throws(TokenizerError) {
        let settings = try TokenizerSettings(directory: directory)
        var parts: TokenizerParts, isFromJSON = false
        if let file = try TokenizerFileReader.open("tokenizer.json", in: directory) {
            parts = try TokenizerJSON.parts(from: try TokenizerFileReader.json(file), file: file.path)
            isFromJSON = true
        } else if let file = try TokenizerFileReader.open("vocab.txt", in: directory) {
            parts = try VocabularyFiles.wordPiece(file, settings)
        } else {
            let vocabulary = try TokenizerFileReader.open("vocab.json", in: directory)
            let merges = try TokenizerFileReader.open("merges.txt", in: directory)
            switch (vocabulary, merges) {
            case (let vocabulary?, let merges?):
                parts = try VocabularyFiles.byteLevel(vocabulary: vocabulary, merges: merges, settings)
            case (let file?, nil): throw .missingCompanion(file: file.path, companion: "merges.txt")
            case (nil, let file?): throw .missingCompanion(file: file.path, companion: "vocab.json")
            case (nil, nil): throw .noTokenizer(directory: directory)
            }
        }
        try parts.complete(by: settings, isFromJSON: isFromJSON)
        if lowercases { parts.normalizers.insert(.lowercase, at: 0) }
        try self.init(parts, settings, file: directory)
    }

    /// Reads a tokenizer from the content of a `tokenizer.json`.
    /// - Parameters: name: what messages call the file.
    /// - Throws: `TokenizerError` with everything that is wrong in it.
    public convenience init(json: [UInt8], name: String = "tokenizer.json") throws(TokenizerError) {
        let root = try TokenizerFileReader.json(MappedFile(bytes: json, name: name))
        try self.init(try TokenizerJSON.parts(from: root, file: name), nil, file: name)
    }

    private init(_ parts: TokenizerParts, _ settings: TokenizerSettings?, file: String) throws(TokenizerError) {
        let normalizer = NormalizerChain(parts.normalizers)
        guard
            let added = AddedVocabulary(
                parts.added, normalizer: normalizer, splitsSpecialTokens: parts.splitsSpecialTokens)
        else {
            let problem = TokenizerError.Problem(
                key: "added_tokens", reason: .unexpected(expected: "up to 16 million bytes of tokens", got: "more"))
            throw .invalid(file: file, problems: [problem], count: 1)
        }
        let vocabulary = parts.model.vocabulary
        let id = { (token: String) in added.id(of: token) ?? vocabulary.id(of: token) }
        let exists = { (token: String) in id(token) != nil }
        let name = { (role: TokenizerSettings.Role) in
            settings.map { $0.token(role, exists) } ?? role.usualNames.first(where: exists)
        }
        let role = { (role: TokenizerSettings.Role) in name(role).flatMap(id) }
        specialTokens = SpecialTokens(
            padding: role(.padding) ?? parts.padding?.id, unknown: role(.unknown), classifier: role(.classifier),
            separator: role(.separator), mask: role(.mask), beginning: role(.beginning), end: role(.end))
        paddingToken =
            parts.padding
            ?? name(.padding).flatMap { text in id(text).map { PaddingToken(id: $0, text: text) } }
        paddingSide = settings?.paddingSide ?? parts.paddingSide
        preferredTruncationSide = settings?.truncationSide ?? .right
        modelMaxLength = settings?.modelMaxLength
        names = TokenNames(vocabulary: vocabulary, added: added)
        model = parts.model
        preTokenizers = parts.preTokenizers
        postProcessor = parts.postProcessor
        decoder = parts.decoder
        self.normalizer = normalizer
    }

    // MARK: Vocabulary

    /// The number of tokens, added ones included.
    public var vocabularySize: Int {
        names.vocabulary.count + addedTokens.count { names.vocabulary.token(for: $0.id) == nil }
    }

    /// One more than the largest id: the rows that an embedding needs.
    public var idLimit: Int {
        Int(max(names.vocabulary.largestID, addedTokens.last?.id ?? -1)) + 1
    }

    /// The id of a token, or nil if there is no such token.
    public func id(of token: String) -> Int32? {
        names.added.id(of: token) ?? names.vocabulary.id(of: token)
    }

    /// The token with an id, or nil if there is none.
    public func token(for id: Int32) -> String? {
        names.token(for: id)
    }

    // MARK: Decoding

    /// The text that ids stand for; ids without a token are left out.
    ///
    /// It is not always the text they were made from: normalisation loses cases and accents, and WordPiece spaces.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = true) -> String {
        var tokens: [TokenDecoder.Token] = []
        for id in ids {
            let added = names.added.decodedText(for: id)
            guard let text = added ?? names.vocabulary.token(for: id) else { continue }
            if skippingSpecialTokens, names.added.isSpecial(text) { continue }
            tokens.append(.init(text: text, isAdded: added != nil))
        }
        return decoder.decode(tokens)
    }

    /// Makes sure that the tokens of this tokenizer can be turned into text.
    /// - Throws: `TokenizerError.unsupportedDecoder`.
    public func checkDecoder() throws(TokenizerError) {
        if case .unsupported(let type) = decoder { throw .unsupportedDecoder(type) }
    }
}
