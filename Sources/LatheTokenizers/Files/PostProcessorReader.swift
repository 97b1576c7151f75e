import LatheFiles

/// Reads the `post_processor` of `tokenizer.json`.
struct PostProcessorReader {
    let reader: TokenizerFileReader

    /// The post-processor; one without effect where there is none.
    func postProcessor(_ value: JSONValue?) -> PostProcessor {
        var result = PostProcessor()
        guard let value, !value.isNull else { return result }
        var hasLayout = false
        read(value, "post_processor", into: &result, &hasLayout)
        return result
    }

    private func read(_ value: JSONValue, _ key: String, into result: inout PostProcessor, _ hasLayout: inout Bool) {
        guard reader.object(value, key) != nil, let type = reader.string(value["type"], key + ".type") else { return }
        let layout: PostProcessor
        switch type {
        case "Sequence":
            let list = reader.array(value["processors"], key + ".processors") ?? []
            for (index, element) in list.enumerated() {
                read(element, "\(key).processors[\(index)]", into: &result, &hasLayout)
            }
            return
        case "ByteLevel":
            readTrim(value, key, into: &result)
            return
        case "BertProcessing", "RobertaProcessing":
            guard let start = token(value["cls"], key + ".cls"), let separator = token(value["sep"], key + ".sep")
            else { return }
            if type == "BertProcessing" {
                layout = .bert(start: start, separator: separator)
            } else {
                readTrim(value, key, into: &result)
                layout = .roberta(start: start, separator: separator)
            }
        case "TemplateProcessing": layout = template(value, key)
        default:
            reader.report(
                key + ".type",
                .unsupported(
                    got: type,
                    supported: ["TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence"]))
            return
        }
        if hasLayout {
            reader.report(key, .unsupported(got: "a second \(type)", supported: ["one that adds special tokens"]))
        }
        hasLayout = true
        result.single = layout.single
        result.pair = layout.pair
    }

    private func readTrim(_ value: JSONValue, _ key: String, into result: inout PostProcessor) {
        let isPrefixed = reader.bool(value["add_prefix_space"], key + ".add_prefix_space", otherwise: true)
        if reader.bool(value["trim_offsets"], key + ".trim_offsets", otherwise: true) {
            result.trims.append(isPrefixed)
        }
    }

    /// A token written as `["[SEP]", 102]`.
    private func token(_ value: JSONValue?, _ key: String) -> (id: Int32, text: String)? {
        guard let list = reader.array(value, key) else { return nil }
        guard list.count == 2, let text = list[0].string, let id = reader.id(list[1], key + "[1]") else {
            reader.report(key, .unexpected(expected: "a token and its id", got: value?.kind ?? "nothing"))
            return nil
        }
        return (id, text)
    }

    private func template(_ value: JSONValue, _ key: String) -> PostProcessor {
        var tokens: [[UInt8]: [(id: Int32, text: String)]] = [:]
        let place = key + ".special_tokens"
        for member in reader.object(value["special_tokens"], place) ?? [] {
            let place = "\(place)[\(TokenizerError.Problem.shortened(member.key))]"
            guard let ids = reader.array(member.value["ids"], place + ".ids"),
                let texts = reader.array(member.value["tokens"], place + ".tokens")
            else { continue }
            guard ids.count == texts.count else {
                reader.report(
                    place + ".tokens", .unexpected(expected: "\(ids.count) tokens, as ids", got: "\(texts.count)"))
                continue
            }
            tokens[Array(member.key.utf8)] = zip(ids, texts).enumerated().compactMap { index, pair in
                guard let id = reader.id(pair.0, "\(place).ids[\(index)]"),
                    let text = reader.string(pair.1, "\(place).tokens[\(index)]")
                else { return nil }
                return (id, text)
            }
        }
        return PostProcessor(
            single: pieces(value["single"], key + ".single", tokens, texts: ["A"]),
            pair: pieces(value["pair"], key + ".pair", tokens, texts: ["A", "B"]))
    }

    private func pieces(
        _ value: JSONValue?, _ key: String, _ tokens: [[UInt8]: [(id: Int32, text: String)]], texts: [String]
    ) -> [PostProcessor.Piece] {
        var pieces: [PostProcessor.Piece] = []
        var seen: Set<String> = []
        for (index, element) in (reader.array(value, key) ?? []).enumerated() {
            let place = "\(key)[\(index)]"
            if let sequence = element["Sequence"] {
                guard let typeID = reader.id(sequence["type_id"], place + ".Sequence.type_id"),
                    let name = reader.string(sequence["id"], place + ".Sequence.id")
                else { continue }
                guard let number = texts.firstIndex(of: name) else {
                    reader.report(
                        place + ".Sequence.id",
                        .unexpected(
                            expected: texts.joined(separator: " or "), got: TokenizerError.Problem.shortened(name)))
                    continue
                }
                seen.insert(name)
                pieces.append(.text(number, typeID: typeID))
            } else if let special = element["SpecialToken"] {
                guard let typeID = reader.id(special["type_id"], place + ".SpecialToken.type_id"),
                    let name = reader.string(special["id"], place + ".SpecialToken.id")
                else { continue }
                guard let parts = tokens[Array(name.utf8)] else {
                    reader.report(
                        place + ".SpecialToken.id",
                        .unexpected(expected: "a key of special_tokens", got: TokenizerError.Problem.shortened(name)))
                    continue
                }
                if pieces.count > 1000 { continue }
                pieces += parts.map { .special(id: $0.id, text: $0.text, typeID: typeID) }
            } else {
                reader.report(
                    place, .unexpected(expected: #"{"Sequence": …} or {"SpecialToken": …}"#, got: element.kind))
            }
        }
        if pieces.count > 1000 {
            reader.report(key, .unexpected(expected: "up to 1000 tokens", got: "\(pieces.count)"))
            return []
        }
        for name in texts where !seen.contains(name) {
            reader.report(key, .missing(expected: #"{"Sequence": {"id": "\#(name)", "type_id": 0}}"#))
        }
        return pieces
    }
}
