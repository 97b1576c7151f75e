import LatheFiles

extension ModuleScope {
    /// Reads `modules` and `related_modules` of a group.
    /// - Parameter relates: whether the technique shrinks modules, so that it has a use for related ones.
    init(_ group: JSONFields, relates: Bool) {
        let problemCount = group.problems.count
        patterns = Self.patterns(group)
        guard group["related_modules"] != nil else { return }
        let lists = Self.related(group)
        if relates {
            related = lists
            if group.problems.count == problemCount, lists.count != patterns.count {
                group.report(
                    "related_modules",
                    "expected one list for each of the \(patterns.count) patterns in modules, got \(lists.count)")
            }
        } else {
            group.note("related_modules", "ignored; only row, head and channel pruning have a use for it")
        }
    }

    private static func patterns(_ group: JSONFields) -> [ModulePattern] {
        switch group["modules"] {
        case nil:
            group.note("modules", "missing; taken as every module")
            return [.everything]
        case .string("*"):
            group.note("modules", "\"*\" is taken as every module")
            return [.everything]
        case .string(let pattern):
            group.report(
                "modules",
                "expected a list of patterns, got \(JSONValue.quoted(pattern)); write [\(JSONValue.quoted(pattern))]")
            return []
        case .array(let values):
            if values.isEmpty { group.report("modules", "expected at least one pattern, got none") }
            if isTooLong(values, "modules", group) { return [] }
            let patterns = values.enumerated().compactMap { pattern($1, "modules[\($0)]", group) }
            for (index, pattern) in patterns.enumerated() where pattern == .everything {
                group.note("modules[\(index)]", "\"*\" is taken as every module")
            }
            return patterns
        case .some(let value):
            group.report("modules", "expected a list of patterns, got \(value.shown)")
            return []
        }
    }

    private static func related(_ group: JSONFields) -> [[ModulePattern]] {
        let lists = group.value(
            "related_modules", "a list with a list of patterns for each pattern in modules", default: []
        ) { $0.array }
        return lists.enumerated().map { index, list in
            let key = "related_modules[\(index)]"
            guard let values = list.array, !values.isEmpty else {
                group.report(key, "expected a list of patterns, got \(list == [] ? "an empty one" : list.shown)")
                return []
            }
            if isTooLong(values, key, group) { return [] }
            return values.enumerated().compactMap { place, value in
                let pattern = pattern(value, "\(key)[\(place)]", group)
                if pattern == .everything {
                    group.report("\(key)[\(place)]", "not every module can be related; name those that shrink")
                }
                return pattern
            }
        }
    }

    /// Whether a list has more patterns than any network needs, each of which takes memory; reports it then.
    private static func isTooLong(_ values: [JSONValue], _ key: String, _ group: JSONFields) -> Bool {
        guard values.count > 4096 else { return false }
        group.report(key, "has \(values.count) patterns; give at most 4096, each of which may match many modules")
        return true
    }

    /// One pattern; nil after a report.
    static func pattern(_ value: JSONValue, _ key: String, _ fields: JSONFields) -> ModulePattern? {
        guard let text = value.string else {
            fields.report(key, "expected a pattern in quotes, got \(value.shown)")
            return nil
        }
        do throws(ModulePatternError) {
            return try ModulePattern(text)
        } catch {
            fields.report(key, error.description)
            return nil
        }
    }

    /// Its members of a group.
    var jsonMembers: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init("modules", .array(patterns.map { .string($0.source) }))]
        if let related {
            members.append(.init("related_modules", .array(related.map { .array($0.map { .string($0.source) }) })))
        }
        return members
    }
}

extension CompressionConfig.Group {
    /// Reads all of `different_groups`.
    /// - Parameters:
    ///   - needed: whether there must be one, as the technique is enabled.
    ///   - relates: whether the technique shrinks modules.
    package static func all(
        in section: JSONFields, needed: Bool, relates: Bool = false, _ parameters: (JSONFields) -> Parameters
    ) -> [Self] {
        let table = section.object("different_groups")
        if needed, table.keys.isEmpty {
            section.report(
                "different_groups",
                "missing; add a group with params and modules, or set shared_parameters.enabled to false")
        }
        return table.keys.map { name in
            let group = table.object(name)
            let params = group.object("params")
            let result = Self(name, parameters(params), ModuleScope(group, relates: relates))
            params.reportUnreadKeys()
            group.reportUnreadKeys()
            return result
        }
    }
}

extension Array {
    /// `different_groups` as an object.
    func json<Parameters>(_ parameters: (Parameters) -> JSONValue) -> JSONValue
    where Element == CompressionConfig.Group<Parameters> {
        .object(map { .init($0.name, .object([.init("params", parameters($0.parameters))] + $0.scope.jsonMembers)) })
    }

    /// The groups without their parameters.
    package func scopes<Parameters>() -> [(group: String, scope: ModuleScope)]
    where Element == CompressionConfig.Group<Parameters> {
        map { ($0.name, $0.scope) }
    }
}
