import LatheFiles

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
    private(set) var className: String?
    private(set) var addsBeginning = false
    private(set) var addsEnd = false
    /// Whether special tokens that stand in a text are split like other text.
    private(set) var splitsSpecialTokens = false
    /// The tokens that the files add to the vocabulary by their numbers, in the order in which they get ids.
    private(set) var added: [AddedToken] = []
    /// The special tokens without a usual role, which get ids after all others.
    private(set) var extra: [AddedToken] = []
    /// The names of a model's inputs: `model_input_names`.
    private var inputNames: [String]?
    private let path: String
    /// The fields of `tokenizer_config.json` that are there.
    private(set) var namedFields: Set<String> = []
    private(set) var modelMaxLength: Int?
    private(set) var truncationSide: TokenizerOptions.Side?
    private(set) var paddingSide: TokenizerOptions.Side?

    /// Reads the files of a directory as far as they are there.
    init(directory: String) throws(TokenizerError) {
        path = TokenizerFileReader.path("tokenizer_config.json", in: directory)
        let map = try Self.object("special_tokens_map.json", in: directory),
            config = try Self.object("tokenizer_config.json", in: directory)
        for (root, reader) in [map, config].compactMap({ $0 }) {
            for role in Role.allCases {
                tokens[role] = SettingsTokens.token(root[role.rawValue], role.rawValue, reader) ?? tokens[role]
            }
            try reader.check()
        }
        if let (root, reader) = config {
            read(root, reader)
            try reader.check()
        }
        if className == nil { className = Self.className(of: directory) }
        // Where one file says it all, transformers asks no other.
        if namedFields.contains(Self.addedField), let (root, reader) = config {
            added = SettingsTokens.numbered(root[Self.addedField], Self.addedField, reader)
            extra = SettingsTokens.extra(in: [(root, reader)])
            try reader.check()
            return
        }
        extra = SettingsTokens.extra(in: [config, map].compactMap { $0 })
        let special = Set(tokens.values.map(\.content) + extra.map(\.content))
        if let (root, reader) = try Self.object("added_tokens.json", in: directory) {
            added = SettingsTokens.named(root, isSpecial: special.contains, reader)
            try reader.check()
        }
        for (_, reader) in [map, config].compactMap({ $0 }) { try reader.check() }
    }

    private static let addedField = "added_tokens_decoder"

    /// The object in the file `name`; `nil` if there is no such file.
    private static func object(_ name: String, in directory: String) throws(TokenizerError) -> (
        JSONValue, TokenizerFileReader
    )? {
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
        addsBeginning = reader.bool(root["add_bos_token"], "add_bos_token", otherwise: false)
        addsEnd = reader.bool(root["add_eos_token"], "add_eos_token", otherwise: false)
        splitsSpecialTokens = reader.bool(root["split_special_tokens"], "split_special_tokens", otherwise: false)
        if let names = root["model_input_names"], !names.isNull {
            inputNames = reader.array(names, "model_input_names")?.compactMap(\.string)
        }
        modelMaxLength = Self.length(root["model_max_length"], reader)
        truncationSide = root["truncation_side"]?.string.flatMap(TokenizerOptions.Side.init)
        paddingSide = root["padding_side"]?.string.flatMap(TokenizerOptions.Side.init)
        namedFields = Set((root.object ?? []).filter { !$0.value.isNull }.map(\.key))
    }

    /// The value of `model_max_length`; `nil` where there is no limit, for which Python writes a huge number.
    private static func length(_ value: JSONValue?, _ reader: TokenizerFileReader) -> Int? {
        guard let value, !value.isNull, (value.double ?? 0) < 0x1p30 else { return nil }
        if let length = value.integer, length >= 0 { return length == 0 ? nil : length }
        reader.report("model_max_length", .unexpected(expected: "a number of tokens", got: value.shown))
        return nil
    }

    /// The name of the class where the tokenizer's files have none: that of the model's configuration.
    private static func className(of directory: String) -> String? {
        guard let file = try? TokenizerFileReader.open("config.json", in: directory),
            let root = try? TokenizerFileReader.json(file)
        else { return nil }
        return root["tokenizer_class"]?.string ?? root["model_type"]?.string.flatMap(TokenizerClass.name)
    }

    /// The class that builds the tokenizer anew; `nil` for those that go by `tokenizer.json`.
    var kind: TokenizerClass? { className.flatMap(TokenizerClass.init) }

    /// Whether the model gets the types of tokens. Of the classes of transformers, BERT's alone gives them unless
    /// `model_input_names` does.
    var hasTokenTypes: Bool {
        inputNames.map { $0.contains("token_type_ids") } ?? kind?.hasTokenTypes ?? (className == nil)
    }

    /// Whether `tokenizer_config.json` has a field.
    func names(_ field: String) -> Bool { namedFields.contains(field) }

    /// A problem with a field of `tokenizer_config.json`.
    func problem(_ key: String, _ reason: TokenizerError.Problem.Reason) -> TokenizerError {
        .invalid(file: path, problems: [TokenizerError.Problem(key: key, reason: reason)], count: 1)
    }

    /// The text of the token with a role: the one that a file names, or that the class has; `nil` if there is none.
    func content(_ role: Role) -> String? { tokens[role]?.content ?? kind?.usualTokens[role] }

    /// The tokens with a role that become added tokens, in the order in which they get ids: those that a file names, and
    /// of the other roles those that the class has.
    var roleTokens: [AddedToken] {
        let order: [Role] = [.beginning, .end, .unknown, .separator, .padding, .classifier, .mask]
        return order.compactMap { role in tokens[role] ?? kind?.usualTokens[role].map { AddedToken($0, id: 0) } }
    }

    /// The token with a role: the one that a file names, else one with a usual name; nil if the tokenizer has none.
    func token(_ role: Role, _ exists: (String) -> Bool) -> String? {
        if let named = tokens[role]?.content, exists(named) { return named }
        return role.usualNames.first(where: exists)
    }

    /// The same with the way in which it is looked for; its id is to be found. `nil` for a tokenizer with a class,
    /// which has `roleTokens`, and for a token that `added_tokens_decoder` describes.
    func addedToken(_ role: Role, _ exists: (String) -> Bool) -> AddedToken? {
        guard kind == nil, let name = token(role, exists) else { return nil }
        if namedFields.contains(Self.addedField), added.contains(where: { $0.content == name }) { return nil }
        return tokens[role].flatMap { $0.content == name ? $0 : nil } ?? AddedToken(name, id: 0)
    }
}
