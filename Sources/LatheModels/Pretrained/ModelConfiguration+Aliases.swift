import LatheFiles

extension ModelConfiguration {
    /// The fields of a file under the names that a family's configuration has for them: transformers takes BERT's names
    /// as well (`attribute_map`).
    /// - Returns: the fields, and their reader, which reports an alias that contradicts the family's own name.
    static func canonical(
        _ members: [JSONValue.Member], _ family: any ModelFamily
    ) -> (members: [JSONValue.Member], fields: JSONFields) {
        let aliases = family.fieldAliases
        guard members.contains(where: { aliases[$0.key] != nil && !$0.value.isNull }) else {
            return (members, JSONFields(.object(members)))
        }
        var result: [JSONValue.Member] = [], problems: [JSONFields.Problem] = []
        for member in members {
            guard let name = aliases[member.key], !member.value.isNull else {
                result.append(member)
                continue
            }
            let own = members.first { $0.key == name && !$0.value.isNull }?.value
            if own == nil { result.append(.init(name, member.value)) }
            if let own, own != member.value {
                problems.append(
                    .init(
                        key: name,
                        text:
                            "\(own.text()), and \(member.key), which is the same, is \(member.value.text()); keep one of them"
                    ))
            }
        }
        let given = Set(result.filter { !$0.value.isNull }.map(\.key))
        result.removeAll { $0.value.isNull && given.contains($0.key) }
        let reader = JSONFields(.object(result))
        for problem in problems { reader.report(problem.key, problem.text) }
        return (result, reader)
    }
}
