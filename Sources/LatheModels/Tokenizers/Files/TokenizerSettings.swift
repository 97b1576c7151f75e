import LatheTensor

/// What `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` say about a tokenizer.
struct TokenizerSettings {
    /// The names under which these files have special tokens.
    enum Role: String, CaseIterable {
        case padding = "pad_token"
        case unknown = "unk_token"
        case classifier = "cls_token"
        case separator = "sep_token"
        case mask = "mask_token"
        case beginning = "bos_token"
        case end = "eos_token"

        /// What such a token is called where no file says it.
        var usualNames: [String] {
            switch self {
            case .padding: ["[PAD]", "<pad>"]
            case .unknown: ["[UNK]", "<unk>", "<|endoftext|>"]
            case .classifier: ["[CLS]", "<s>"]
            case .separator: ["[SEP]", "</s>"]
            case .mask: ["[MASK]", "<mask>"]
            case .beginning: ["<s>", "<|endoftext|>"]
            case .end: ["</s>", "<|endoftext|>"]
            }
        }
    }

    /// Special tokens that a file names, by their roles; their ids are those of the vocabulary.
    private(set) var tokens: [Role: AddedToken] = [:]
    /// Options of the class that Python would use, and its name.
    var lowercases = true
    var stripsAccents: Bool?
    var separatesChinese = true
    var addsPrefixSpace = false
    var className: String?
    /// The tokens that the files add to the vocabulary, in the order in which they get ids.
    private(set) var added: [AddedToken] = []
    /// The fields of `tokenizer_config.json` that are there.
    private(set) var namedFields: Set<String> = []
    private(set) var modelMaxLength: Int?
    private(set) var truncationSide: TokenizerOptions.Side?
    private(set) var paddingSide: TokenizerOptions.Side?

    /// Reads the files of a directory as far as they are there.
    init(directory: String) throws(TokenizerError) {
        let map = try Self.object("special_tokens_map.json", in: directory), config = try Self.object("tokenizer_config.json", in: directory)
        for (root, reader) in [map, config].compactMap({ $0 }) {
            for role in Role.allCases { tokens[role] = SettingsTokens.token(root[role.rawValue], role.rawValue, reader) ?? tokens[role] }
            try reader.check()
        }
        if let (root, reader) = config {
            read(root, reader)
            try reader.check()
        }
        // Where one file says it all, transformers asks no other.
        if namedFields.contains(Self.addedField), let (root, reader) = config {
            added = SettingsTokens.numbered(root[Self.addedField], Self.addedField, reader) + SettingsTokens.extra(in: [(root, reader)])
            try reader.check()
            return
        }
        let extra = SettingsTokens.extra(in: [config, map].compactMap { $0 })
        let special = Set(tokens.values.map(\.content) + extra.map(\.content))
        if let (root, reader) = try Self.object("added_tokens.json", in: directory) {
            added = SettingsTokens.named(root, isSpecial: special.contains, reader)
            try reader.check()
        }
        added += extra
        for (_, reader) in [map, config].compactMap({ $0 }) { try reader.check() }
    }

    private static let addedField = "added_tokens_decoder"

    /// The object in the file `name`; `nil` if there is no such file.
    private static func object(_ name: String, in directory: String) throws(TokenizerError) -> (JSONValue, TokenizerFileReader)? {
        guard let file = try TokenizerFileReader.open(name, in: directory) else { return nil }
        let reader = TokenizerFileReader(file: file.path), root = try TokenizerFileReader.json(file)
        if root.object == nil { reader.report("the file", .unexpected(expected: "an object", got: root.kind)) }
        try reader.check()
        return (root, reader)
    }

    private mutating func read(_ root: JSONValue, _ reader: TokenizerFileReader) {
        lowercases = reader.bool(root["do_lower_case"], "do_lower_case", otherwise: true)
        separatesChinese = reader.bool(root["tokenize_chinese_chars"], "tokenize_chinese_chars", otherwise: true)
        addsPrefixSpace = reader.bool(root["add_prefix_space"], "add_prefix_space", otherwise: false)
        if let value = root["strip_accents"], !value.isNull {
            stripsAccents = reader.bool(value, "strip_accents", otherwise: lowercases)
        }
        className = root["tokenizer_class"]?.string
        // Python writes a huge number where there is no limit.
        if let length = root["model_max_length"]?.integer, length > 0, length < 1 << 30 { modelMaxLength = length }
        truncationSide = root["truncation_side"]?.string.flatMap(TokenizerOptions.Side.init)
        paddingSide = root["padding_side"]?.string.flatMap(TokenizerOptions.Side.init)
        namedFields = Set((root.object ?? []).filter { !$0.value.isNull }.map(\.key))
    }

    /// Whether a setting of `tokenizer_config.json` takes the place of what `tokenizer.json` says. The classes of transformers for these families go by the
    /// settings, and by their own defaults for those that are missing; other classes go by `tokenizer.json`.
    func overrules(_ field: String, of families: [String]) -> Bool {
        guard let className else { return namedFields.contains(field) }
        return families.contains { className == $0 + "Tokenizer" || className == $0 + "TokenizerFast" }
    }

    /// The token with a role: the one that a file names, else one with a usual name; nil if the tokenizer has none.
    func token(_ role: Role, _ exists: (String) -> Bool) -> String? {
        if let named = tokens[role]?.content, exists(named) { return named }
        return role.usualNames.first(where: exists)
    }

    /// The same with the way in which it is looked for; its id is to be found.
    func addedToken(_ role: Role, _ exists: (String) -> Bool) -> AddedToken? {
        token(role, exists).map { name in tokens[role].flatMap { $0.content == name ? $0 : nil } ?? AddedToken(name, id: 0) }
    }
}
