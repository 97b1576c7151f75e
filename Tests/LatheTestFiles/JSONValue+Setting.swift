import LatheFiles

extension JSONValue {
    /// The value with another at the end of a path of keys; `nil` removes it.
    package func setting(_ path: String, to value: JSONValue?) -> JSONValue {
        let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
        var members = object ?? []
        let old = self[keys[0]]
        let new = keys.count == 1 ? value : (old ?? .object([])).setting(keys[1], to: value)
        if let index = members.firstIndex(where: { $0.key == keys[0] }) {
            if let new { members[index].value = new } else { members.remove(at: index) }
        } else if let new {
            members.append(.init(keys[0], new))
        }
        return .object(members)
    }

    /// The value with the keys of all objects in order, and without those that are null.
    package var sorted: JSONValue {
        switch self {
        case .object(let members):
            .object(
                members.filter { !$0.value.isNull }.map { .init($0.key, $0.value.sorted) }.sorted { $0.key < $1.key })
        case .array(let values): .array(values.map(\.sorted))
        default: self
        }
    }
}
