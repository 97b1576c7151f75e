import LatheFiles

/// Reads `tokenizer.json`, the format of the package `tokenizers`.
struct TokenizerJSON {
    private let reader: TokenizerFileReader
    private let root: JSONValue

    /// Makes the parts of a tokenizer from the file's content.
    /// - Throws: `TokenizerError.invalid` with everything that is wrong.
    static func parts(from root: JSONValue, file: String) throws(TokenizerError) -> TokenizerParts {
        let json = TokenizerJSON(reader: TokenizerFileReader(file: file), root: root)
        return try json.parts()
    }

    private func parts() throws(TokenizerError) -> TokenizerParts {
        guard root.object != nil else {
            reader.report("the file", .unexpected(expected: "an object", got: root.kind))
            try reader.check()
            throw .noTokenizer(directory: reader.file)
        }
        if let version = root["version"], version.string != "1.0" {
            reader.report("version", .unsupported(got: version.string ?? version.kind, supported: ["1.0"]))
        }
        let model = TokenizerModelReader(reader: reader).model(root["model"])
        let normalizers = normalizers(root["normalizer"], "normalizer")
        let preTokenizers = preTokenizers(root["pre_tokenizer"], "pre_tokenizer")
        let postProcessor = PostProcessorReader(reader: reader).postProcessor(root["post_processor"])
        let decoder = decoder(root["decoder"])
        let added = addedTokens()
        let padding = padding()
        try reader.check()
        guard let model else { throw .noTokenizer(directory: reader.file) }
        var parts = TokenizerParts(model: model)
        parts.normalizers = normalizers
        parts.preTokenizers = preTokenizers
        parts.postProcessor = postProcessor
        parts.decoder = decoder
        parts.addTokens(added)
        if let padding {
            parts.padding = padding.token
            parts.paddingSide = padding.side
        }
        return parts
    }

    // MARK: Normalizers

    private func normalizers(_ value: JSONValue?, _ key: String) -> [Normalizer] {
        guard let value, !value.isNull, let type = type(of: value, key) else { return [] }
        switch type {
        case "Sequence": return list(value, "normalizers", key, normalizers)
        case "BertNormalizer":
            let lowercases = reader.bool(value["lowercase"], key + ".lowercase", otherwise: true)
            return [
                .bert(
                    BertNormalizer(
                        cleansText: reader.bool(value["clean_text"], key + ".clean_text", otherwise: true),
                        separatesChinese: reader.bool(
                            value["handle_chinese_chars"], key + ".handle_chinese_chars", otherwise: true),
                        stripsAccents: reader.bool(
                            value["strip_accents"], key + ".strip_accents", otherwise: lowercases),
                        lowercases: lowercases))
            ]
        case "Lowercase": return [.lowercase]
        case "NFC": return [.nfc]
        case "NFD": return [.nfd]
        case "NFKC": return [.nfkc]
        case "NFKD": return [.nfkd]
        case "StripAccents": return [.stripAccents]
        case "Strip":
            return [
                .strip(
                    left: reader.bool(value["strip_left"], key + ".strip_left", otherwise: true),
                    right: reader.bool(value["strip_right"], key + ".strip_right", otherwise: true))
            ]
        case "Prepend":
            guard let text = reader.string(value["prepend"], key + ".prepend") else { return [] }
            return [.prepend(text.unicodeScalars.map(\.value))]
        case "Replace": return replace(value, key)
        default:
            reader.report(
                key + ".type",
                .unsupported(
                    got: type,
                    supported: [
                        "Sequence", "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents",
                        "Strip", "Prepend", "Replace",
                    ]))
            return []
        }
    }

    private func replace(_ value: JSONValue, _ key: String) -> [Normalizer] {
        guard let content = reader.string(value["content"], key + ".content") else { return [] }
        guard let pattern = value["pattern"]?["String"]?.string, !pattern.isEmpty else {
            let got = value["pattern"].map { $0["Regex"] == nil ? $0.text() : "a regular expression" } ?? "nothing"
            reader.report(
                key + ".pattern", .unsupported(got: got, supported: [#"{"String": "some characters"}"#]))
            return []
        }
        return [
            .replace(
                pattern: pattern.unicodeScalars.map(\.value), content: content.unicodeScalars.map(\.value))
        ]
    }

    // MARK: Pre-tokenizers

    private func preTokenizers(_ value: JSONValue?, _ key: String) -> [PreTokenizer] {
        guard let value, !value.isNull, let type = type(of: value, key) else { return [] }
        switch type {
        case "Sequence": return list(value, "pretokenizers", key, preTokenizers)
        case "BertPreTokenizer": return [.bert]
        case "Whitespace": return [.whitespace]
        case "WhitespaceSplit": return [.whitespaceSplit]
        case "ByteLevel":
            return [
                .byteLevel(
                    ByteLevel(
                        addsPrefixSpace: reader.bool(
                            value["add_prefix_space"], key + ".add_prefix_space", otherwise: true),
                        usesPattern: reader.bool(value["use_regex"], key + ".use_regex", otherwise: true)))
            ]
        default:
            reader.report(
                key + ".type",
                .unsupported(
                    got: type,
                    supported: ["Sequence", "BertPreTokenizer", "ByteLevel", "Whitespace", "WhitespaceSplit"]))
            return []
        }
    }

    // MARK: The rest

    private func decoder(_ value: JSONValue?) -> TokenDecoder {
        guard let value, !value.isNull, let type = type(of: value, "decoder") else { return .spaces }
        switch type {
        case "WordPiece":
            return .wordPiece(
                prefix: reader.string(value["prefix"] ?? "##", "decoder.prefix") ?? "##",
                cleansUp: reader.bool(value["cleanup"], "decoder.cleanup", otherwise: true))
        case "ByteLevel": return .byteLevel
        case "Sequence":
            let parts = reader.array(value["decoders"], "decoder.decoders") ?? []
            return parts.count == 1 ? decoder(parts[0]) : .unsupported(type)
        default: return .unsupported(type)
        }
    }

    private func addedTokens() -> [AddedToken] {
        guard let value = root["added_tokens"], !value.isNull, let list = reader.array(value, "added_tokens") else {
            return []
        }
        return list.enumerated().compactMap { index, value in
            AddedToken(value, id: value["id"], "added_tokens[\(index)]", reader)
        }
    }

    private func padding() -> (token: PaddingToken, side: TokenizerOptions.Side)? {
        guard let value = root["padding"], !value.isNull, reader.object(value, "padding") != nil else { return nil }
        guard let id = reader.id(value["pad_id"] ?? 0, "padding.pad_id"),
            let typeID = reader.id(value["pad_type_id"] ?? 0, "padding.pad_type_id"),
            let text = reader.string(value["pad_token"] ?? "[PAD]", "padding.pad_token")
        else { return nil }
        return (PaddingToken(id: id, text: text, typeID: typeID), value["direction"]?.string == "Left" ? .left : .right)
    }

    /// The parts of a `Sequence`.
    private func list<Part>(
        _ value: JSONValue, _ name: String, _ key: String, _ read: (JSONValue?, String) -> [Part]
    ) -> [Part] {
        let elements = reader.array(value[name], "\(key).\(name)") ?? []
        return elements.enumerated().flatMap { index, element in read(element, "\(key).\(name)[\(index)]") }
    }

    private func type(of value: JSONValue, _ key: String) -> String? {
        guard reader.object(value, key) != nil else { return nil }
        return reader.string(value["type"], key + ".type")
    }
}

extension AddedToken {
    /// Reads an added token of `tokenizer.json` or `tokenizer_config.json`; reports what is wrong.
    init?(_ value: JSONValue, id: JSONValue?, _ key: String, _ reader: TokenizerFileReader) {
        guard reader.object(value, key) != nil, let id = reader.id(id, key + ".id"),
            let content = reader.string(value["content"], key + ".content")
        else { return nil }
        guard content.utf8.count <= 4096 else {
            reader.report(
                key + ".content",
                .unexpected(expected: "a token of up to 4096 bytes", got: "\(content.utf8.count) bytes"))
            return nil
        }
        self.init(content, id: id)
        isSpecial = reader.bool(value["special"], key + ".special", otherwise: false)
        isNormalized = reader.bool(value["normalized"], key + ".normalized", otherwise: !isSpecial)
        singleWord = reader.bool(value["single_word"], key + ".single_word", otherwise: false)
        leftStrip = reader.bool(value["lstrip"], key + ".lstrip", otherwise: false)
        rightStrip = reader.bool(value["rstrip"], key + ".rstrip", otherwise: false)
    }
}
