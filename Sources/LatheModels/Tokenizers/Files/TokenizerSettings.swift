import LatheTensor

/// What `tokenizer_config.json` and `special_tokens_map.json` say about a tokenizer.
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

    /// Special tokens that a file names.
    private(set) var tokens: [Role: String] = [:]
    /// Options of the class that Python would use, and its name.
    var lowercases = true
    var stripsAccents: Bool?
    var separatesChinese = true
    var addsPrefixSpace = false
    var className: String?
    private(set) var added: [AddedToken] = []
    private(set) var modelMaxLength: Int?
    private(set) var truncationSide: TokenizerOptions.Side?
    private(set) var paddingSide: TokenizerOptions.Side?

    /// Reads the two files of a directory as far as they are there.
    init(directory: String) throws(TokenizerError) {
        for name in ["special_tokens_map.json", "tokenizer_config.json"] {
            guard let file = try TokenizerFileReader.open(name, in: directory) else { continue }
            let reader = TokenizerFileReader(file: file.path)
            let root = try TokenizerFileReader.json(file)
            guard root.object != nil else {
                reader.report("the file", .unexpected(expected: "an object", got: root.kind))
                try reader.check()
                continue
            }
            for role in Role.allCases {
                // A token is a string, or an object with its content and how it is looked for.
                guard let value = root[role.rawValue], !value.isNull else { continue }
                tokens[role] = value.string ?? value["content"]?.string ?? tokens[role]
            }
            if name == "tokenizer_config.json" { read(root, reader) }
            try reader.check()
        }
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
        guard let tokens = root["added_tokens_decoder"], !tokens.isNull else { return }
        for member in reader.object(tokens, "added_tokens_decoder") ?? [] {
            let key = "added_tokens_decoder[\(TokenizerProblem.shortened(member.key))]"
            let id = Int(member.key).map(JSONValue.integer) ?? .string(member.key)
            if let token = AddedToken(member.value, id: id, key, reader) { added.append(token) }
        }
        added.sort { $0.id < $1.id }
    }

    /// The token with a role: the one that a file names, else one with a usual name; nil if the tokenizer has none.
    func token(_ role: Role, _ exists: (String) -> Bool) -> String? {
        if let named = tokens[role], exists(named) { return named }
        return role.usualNames.first(where: exists)
    }
}
