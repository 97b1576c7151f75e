import LatheTokenizers

/// A byte-level BPE tokenizer in llama.cpp's words.
struct GGUFVocabulary {
    let metadata: [(key: String, value: GGUFValue)]

    /// llama.cpp's kinds of tokens.
    private enum Kind: Int32 {
        case normal = 1
        case control = 3
        case userDefined = 4
        case unused = 5
    }

    /// - Parameter size: rows of the model's table; ids without a token get a name that no text has.
    /// - Throws: `ExportError.unsupportedTokenizer`.
    init(_ tokenizer: Tokenizer, size: Int) throws(ExportError) {
        func refused(_ reason: String) -> ExportError { .unsupportedTokenizer(format: "gguf", reason: reason) }
        guard let merges = tokenizer.merges else { throw refused("the tokenizer is no byte-pair encoding") }
        guard tokenizer.splitsLikeGPT2 else { throw refused("the tokenizer splits texts in another way than GPT-2's") }
        guard tokenizer.idLimit <= size else {
            throw refused("the tokenizer has ids up to \(tokenizer.idLimit - 1), and the model knows \(size) tokens")
        }
        // llama.cpp takes token 11 where a file names none.
        let special = tokenizer.specialTokens
        guard let end = special.end else { throw refused("the tokenizer names no token that ends a text (eos_token)") }
        let added = Dictionary(tokenizer.addedTokens.map { ($0.id, $0) }) { $1 }
        var tokens: [String] = [], kinds: [Int32] = []
        for id in 0..<Int32(size) {
            let kind: Kind
            if id == end || id == special.beginning {
                kind = .control
            } else if let token = added[id] {
                kind = token.isSpecial ? .control : .userDefined
            } else {
                kind = tokenizer.token(for: id) == nil ? .unused : .normal
            }
            tokens.append(tokenizer.token(for: id) ?? "[PAD\(id)]")
            kinds.append(kind.rawValue)
        }
        let ids = [
            ("bos", special.beginning ?? end), ("eos", end), ("unknown", special.unknown), ("padding", special.padding),
        ]
        metadata =
            [
                ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("gpt-2")),
                ("tokenizer.ggml.tokens", .strings(tokens)),
                ("tokenizer.ggml.token_type", .int32s(kinds)),
                ("tokenizer.ggml.merges", .strings(merges.map { "\($0.left) \($0.right)" })),
            ] + ids.compactMap { name, id in id.map { ("tokenizer.ggml.\(name)_token_id", .uint32(UInt32($0))) } }
            + [("tokenizer.ggml.add_bos_token", .bool(false)), ("tokenizer.ggml.add_eos_token", .bool(false))]
    }
}
