import LatheFiles

/// Reads the model of a tokenizer: its vocabulary and its merges.
struct TokenizerModelReader {
    let reader: TokenizerFileReader

    /// The `model` of `tokenizer.json`, or nil after a report.
    func model(_ value: JSONValue?) -> TokenizerModel? {
        guard let value, reader.object(value, "model") != nil else {
            if value == nil { reader.report("model", .missing(expected: "an object")) }
            return nil
        }
        // Old files name no type; only byte-pair encoding has merges.
        let type = value["type"].map { $0.string ?? $0.kind } ?? (value["merges"] == nil ? "WordPiece" : "BPE")
        switch type {
        case "WordPiece": return wordPiece(value)
        case "BPE": return bpe(value)
        default:
            reader.report("model.type", .unsupported(got: type, supported: ["WordPiece", "BPE"]))
            return nil
        }
    }

    private func wordPiece(_ value: JSONValue) -> TokenizerModel? {
        let vocabulary = vocabulary(value["vocab"], "model.vocab")
        let unknown = reader.string(value["unk_token"] ?? "[UNK]", "model.unk_token")
        let prefix = reader.string(value["continuing_subword_prefix"] ?? "##", "model.continuing_subword_prefix")
        let longest = value["max_input_chars_per_word"] ?? 100
        guard let longestWord = longest.integer, longestWord >= 0 else {
            reader.report(
                "model.max_input_chars_per_word",
                .unexpected(expected: "a number of characters", got: longest.text()))
            return nil
        }
        guard let vocabulary, let unknown, let prefix else { return nil }
        return wordPiece(vocabulary, unknown: unknown, prefix: prefix, longestWord: longestWord, "model.unk_token")
    }

    /// WordPiece over a vocabulary, or nil after a report that it lacks the unknown token.
    func wordPiece(
        _ vocabulary: Vocabulary, unknown: String, prefix: String = "##", longestWord: Int = 100, _ key: String
    ) -> TokenizerModel? {
        guard let id = vocabulary.id(of: unknown) else {
            reader.report(key, .unknownToken(unknown))
            return nil
        }
        return .wordPiece(
            WordPieceModel(vocabulary: vocabulary, unknown: id, prefix: prefix, longestWord: longestWord))
    }

    private func bpe(_ value: JSONValue) -> TokenizerModel? {
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let option = value[key], !option.isNull, option.string != "" {
                reader.report("model.\(key)", .unsupported(got: option.text(), supported: ["null"]))
            }
        }
        if let dropout = value["dropout"], !dropout.isNull, dropout.double != 0 {
            reader.report("model.dropout", .unsupported(got: dropout.text(), supported: ["null"]))
        }
        if reader.bool(value["byte_fallback"], "model.byte_fallback", otherwise: false) {
            reader.report("model.byte_fallback", .unsupported(got: "true", supported: ["false"]))
        }
        let unknown = value["unk_token"].flatMap { $0.isNull ? nil : reader.string($0, "model.unk_token") } ?? ""
        let fuses = reader.bool(value["fuse_unk"], "model.fuse_unk", otherwise: false)
        let ignoresMerges = reader.bool(value["ignore_merges"], "model.ignore_merges", otherwise: false)
        let pairs = pairs(value["merges"])
        guard let vocabulary = vocabulary(value["vocab"], "model.vocab") else { return nil }
        var unknownID: Int32?
        if !unknown.isEmpty {
            unknownID = vocabulary.id(of: unknown)
            if unknownID == nil { reader.report("model.unk_token", .unknownToken(unknown)) }
        }
        return bpe(vocabulary, pairs, unknown: unknownID, fusesUnknown: fuses, ignoresMerges: ignoresMerges)
    }

    /// Byte-pair encoding over a vocabulary; reports pairs whose tokens it lacks.
    func bpe(
        _ vocabulary: Vocabulary, _ pairs: [(key: String, left: String, right: String)], unknown: Int32? = nil,
        fusesUnknown: Bool = false, ignoresMerges: Bool = false
    ) -> TokenizerModel {
        var merges: [(left: Int32, right: Int32, joined: Int32)] = []
        merges.reserveCapacity(pairs.count)
        for pair in pairs {
            let ids = [pair.left, pair.right, pair.left + pair.right].map { token in
                let id = vocabulary.id(of: token)
                if id == nil { reader.report(pair.key, .unknownToken(token)) }
                return id ?? 0
            }
            merges.append((ids[0], ids[1], ids[2]))
        }
        return .bpe(
            BPEModel(
                vocabulary: vocabulary, merges: MergeTable(merges), unknown: unknown, fusesUnknown: fusesUnknown,
                ignoresMerges: ignoresMerges))
    }

    /// The pairs of `merges`, each a string with a space or an array of two strings.
    private func pairs(_ value: JSONValue?) -> [(key: String, left: String, right: String)] {
        guard let list = reader.array(value, "model.merges") else { return [] }
        var pairs: [(key: String, left: String, right: String)] = []
        pairs.reserveCapacity(list.count)
        for (index, value) in list.enumerated() {
            let key = "model.merges[\(index)]"
            if let line = value.string {
                if line.utf8.starts(with: "#version".utf8) { continue }
                if let pair = pair(line, key) { pairs.append(pair) }
            } else if let two = value.array, two.count == 2, let left = two[0].string, let right = two[1].string {
                pairs.append((key, left, right))
            } else {
                reader.report(key, .unexpected(expected: "two tokens", got: value.kind))
            }
        }
        return pairs
    }

    /// The two tokens of a line of `merges.txt`, or nil after a report.
    func pair(_ line: String, _ key: String) -> (key: String, left: String, right: String)? {
        let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else {
            reader.report(
                key,
                .unexpected(expected: "two tokens with one space between", got: TokenizerError.Problem.shortened(line)))
            return nil
        }
        return (key, left, right)
    }

    /// The vocabulary in an object of tokens and ids, or nil after a report.
    func vocabulary(_ value: JSONValue?, _ key: String) -> Vocabulary? {
        guard let members = reader.object(value, key) else { return nil }
        var entries: [(token: String, id: Int32)] = []
        entries.reserveCapacity(members.count)
        var owners: [Int32: String] = [:]
        owners.reserveCapacity(members.count)
        for member in members {
            let place = { "\(key)[\(TokenizerError.Problem.shortened(member.key))]" }
            guard let integer = member.value.integer, (0..<TokenizerFileReader.idLimit).contains(integer) else {
                _ = reader.id(member.value, place())
                continue
            }
            let id = Int32(integer)
            if let owner = owners.updateValue(member.key, forKey: id) {
                reader.report(
                    place(),
                    .unexpected(
                        expected: "an id of its own",
                        got: "\(id), which is the id of \(TokenizerError.Problem.shortened(owner))"))
            }
            entries.append((member.key, id))
        }
        return vocabulary(entries, key)
    }

    /// The vocabulary of some tokens, or nil after a report that they are too many.
    func vocabulary(_ entries: [(token: String, id: Int32)], _ key: String) -> Vocabulary? {
        if let vocabulary = Vocabulary(entries) { return vocabulary }
        reader.report(key, .unexpected(expected: "tokens of up to 16 million bytes in all", got: "more"))
        return nil
    }
}
