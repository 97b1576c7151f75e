import LatheFiles

/// A config without its `"auto"`, which transformers' trainer puts where its own arguments decide.
struct AutomaticValues {
    /// What stays.
    let remainder: JSONValue
    /// What went: `optimizer.params.lr`.
    let keys: [String]

    init(_ config: JSONValue) {
        var keys: [String] = []
        remainder = Self.removing(from: config, prefix: "", &keys)
        self.keys = keys
    }

    private static func removing(from value: JSONValue, prefix: String, _ keys: inout [String]) -> JSONValue {
        guard let members = value.object else { return value }
        var kept: [JSONValue.Member] = []
        for member in members {
            let path = prefix + member.key
            if member.value == "auto" {
                keys.append(path)
            } else {
                kept.append(.init(member.key, removing(from: member.value, prefix: path + ".", &keys)))
            }
        }
        return .object(kept)
    }
}
