import LatheFiles

/// Reads the tokens that the files beside a vocabulary name. Their ids are those of the vocabulary, or follow it: the
/// files' numbers give the order only.
enum SettingsTokens {
    /// A token that is a string, or an object with its content and how it is looked for; `nil` if there is none.
    static func token(_ value: JSONValue?, _ key: String, _ reader: TokenizerFileReader) -> AddedToken? {
        guard let value, !value.isNull else { return nil }
        if let content = value.string { return AddedToken(content, id: 0) }
        guard value["content"]?.string != nil, var token = AddedToken(value, id: 0, key, reader) else { return nil }
        // Nothing but its role says that it is a special token.
        (token.isSpecial, token.isNormalized) = (true, value["normalized"]?.bool ?? false)
        return token
    }

    /// The tokens of `added_tokens_decoder`, an object with their numbers as keys.
    static func numbered(_ value: JSONValue?, _ key: String, _ reader: TokenizerFileReader) -> [AddedToken] {
        let tokens = (reader.object(value, key) ?? []).compactMap { member -> AddedToken? in
            let id = Int(member.key).map(JSONValue.integer) ?? .string(member.key)
            return AddedToken(member.value, id: id, "\(key)[\(TokenizerError.Problem.shortened(member.key))]", reader)
        }
        return tokens.sorted { $0.id < $1.id }
    }

    /// The tokens of an `added_tokens.json`, an object with their numbers as values.
    static func named(_ value: JSONValue, isSpecial: (String) -> Bool, _ reader: TokenizerFileReader) -> [AddedToken] {
        let tokens = (value.object ?? []).compactMap { member -> AddedToken? in
            let token: JSONValue = ["content": .string(member.key), "special": .bool(isSpecial(member.key))]
            return AddedToken(token, id: member.value, TokenizerError.Problem.shortened(member.key), reader)
        }
        return tokens.sorted { $0.id < $1.id }
    }

    /// The special tokens without a usual role: those of `extra_special_tokens`, which was called
    /// `additional_special_tokens` before, and of fields whose names end in `_token`.
    /// - Parameter files: the preferred one first.
    static func extra(in files: [(root: JSONValue, reader: TokenizerFileReader)]) -> [AddedToken] {
        var tokens: [AddedToken] = []
        let roles = Set(TokenizerSettings.Role.allCases.map(\.rawValue))
        for (root, reader) in files {
            for member in root.object ?? []
            where member.key.hasSuffix("_token") && !roles.contains(member.key) && member.value.string != nil {
                if let token = token(member.value, member.key, reader) { tokens.append(token) }
            }
        }
        for (root, reader) in files {
            let found = ["extra_special_tokens", "additional_special_tokens"].lazy.map { key in
                list(root[key], key, reader)
            }.first { !$0.isEmpty }
            if let found { return tokens + found }
        }
        return tokens
    }

    /// The tokens of a list, or of an object with their names as keys.
    private static func list(_ value: JSONValue?, _ key: String, _ reader: TokenizerFileReader) -> [AddedToken] {
        let values = value?.array ?? value?.object?.map(\.value) ?? []
        return values.enumerated().compactMap { index, value in token(value, "\(key)[\(index)]", reader) }
    }
}
