import LatheFiles

/// Searches a config's patterns in a model's paths, and collects what does not fit.
struct ModuleSelector {
    private let modules: [CompressibleModule]
    private(set) var problems: [JSONFields.Problem] = []
    private(set) var notes: [JSONFields.Note] = []

    init(_ modules: [CompressibleModule]) {
        self.modules = modules
    }

    /// What the groups of a technique take.
    mutating func matches(_ technique: Technique, _ scopes: [(group: String, scope: ModuleScope)]) -> [ModuleSelection
        .Match]
    {
        var owners: [String: String] = [:]
        return scopes.map { group, scope in
            let key = Self.key(technique, "different_groups.\(group)")
            let hits = scope.patterns.enumerated().map { index, pattern in
                let problemCount = problems.count
                let taken = take(pattern, technique, group, &owners, key: "\(key).modules[\(index)]")
                // What a faulty pattern takes says nothing about its relatives.
                let partners = problems.count == problemCount ? taken : nil
                let patterns = scope.related.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? []
                let related = relatives(patterns, of: partners, key: "\(key).related_modules[\(index)]")
                return ModuleSelection.Hits(pattern: pattern, modules: taken, related: related)
            }
            return ModuleSelection.Match(technique: technique, group: group, hits: hits)
        }
    }

    /// What `snip_momentum` takes: every layer but the excluded ones and the model's last linear layer, which is the
    /// head of a classifier.
    mutating func match(_ snip: CompressionConfig.SparsePruning.SnipMomentum) -> ModuleSelection.Match {
        let key = Self.key(.sparsePruning, "shared_parameters.excluded_modules")
        for (index, pattern) in snip.excludedModules.enumerated()
        where !modules.contains(where: { pattern.matches($0.path) }) {
            reportMiss(pattern, "\(key)[\(index)]")
        }
        let head = modules.last { $0.kind == .linear }
        let taken = suited(modules, .sparsePruning).filter { module in
            module != head && !snip.excludedModules.contains { $0.matches(module.path) }
        }
        if let head { notes.append(.init(key: key, text: "\(head.path), the last linear layer, stays dense as well")) }
        if taken.isEmpty { problems.append(.init(key: key, text: "no layer is left to prune; exclude fewer")) }
        return .init(
            technique: .sparsePruning, group: nil,
            hits: [.init(pattern: .everything, modules: taken.map(\.path), related: [])])
    }

    private mutating func take(
        _ pattern: ModulePattern, _ technique: Technique, _ group: String, _ owners: inout [String: String], key: String
    ) -> [String] {
        let hits = modules.filter { pattern.matches($0.path) }
        let suited = suited(hits, technique).map(\.path)
        if suited.isEmpty {
            reportMiss(pattern, hits, technique, key)
        } else if suited.count < hits.count, pattern != .everything {
            let others = hits.filter { !technique.moduleKinds.contains($0.kind) }.map(\.path)
            notes.append(
                .init(
                    key: key,
                    text: "passes over \(Self.listed(others)); \(technique.key) takes \(Self.kinds(technique)) only"))
        }
        let twice = suited.filter { owners[$0] != nil }
        if let first = twice.first, let owner = owners[first] {
            let place = owner == group ? "an earlier pattern of this group" : "group \(owner)"
            let text =
                "\(JSONValue.quoted(pattern.source)) takes \(Self.listed(twice)), which \(place) has taken; make the patterns exclusive"
            problems.append(.init(key: key, text: text))
        }
        let taken = suited.filter { owners[$0] == nil }
        for path in taken { owners[path] = group }
        return taken
    }

    /// The modules that shrink along with `taken`, a list for each pattern. A model may lack one kind of them, such as
    /// normalizations: then the pattern is passed over with a note, as long as another one matches.
    private mutating func relatives(_ patterns: [ModulePattern], of taken: [String]?, key: String) -> [[String]] {
        let related = patterns.map { pattern in modules.filter { pattern.matches($0.path) }.map(\.path) }
        let matching = zip(patterns, related).first { !$0.1.isEmpty }?.0
        for (place, (pattern, hits)) in zip(patterns, related).enumerated() {
            let key = "\(key)[\(place)]"
            if hits.isEmpty, let matching {
                let text =
                    "\(JSONValue.quoted(pattern.source)) matches no module and is passed over; \(JSONValue.quoted(matching.source)) does match"
                notes.append(.init(key: key, text: text))
            } else if hits.isEmpty {
                reportMiss(pattern, key)
            } else if let taken, hits.count != taken.count {
                problems.append(
                    .init(
                        key: key,
                        text:
                            "\(JSONValue.quoted(pattern.source)) hits \(hits.count) modules (\(Self.listed(hits))) for \(taken.count) that are pruned "
                            + "(\(Self.listed(taken))); they pair in the model's order, so make them as many"))
            }
        }
        return related
    }

    private func suited(_ modules: [CompressibleModule], _ technique: Technique) -> [CompressibleModule] {
        modules.filter { technique.moduleKinds.contains($0.kind) }
    }

    private mutating func reportMiss(
        _ pattern: ModulePattern, _ hits: [CompressibleModule], _ technique: Technique, _ key: String
    ) {
        if hits.isEmpty {
            reportMiss(pattern, key)
        } else {
            let text =
                "\(JSONValue.quoted(pattern.source)) hits only \(Self.listed(hits.map(\.path))); \(technique.key) takes \(Self.kinds(technique)) only"
            problems.append(.init(key: key, text: text))
        }
    }

    private mutating func reportMiss(_ pattern: ModulePattern, _ key: String) {
        let paths = modules.map(\.path)
        let cure =
            pattern.nearest(in: paths).map { "did you mean \(JSONValue.quoted($0))?" }
            ?? "paths of this model are \(Self.listed(paths))"
        problems.append(.init(key: key, text: "\(JSONValue.quoted(pattern.source)) matches no module; \(cure)"))
    }

    private static func key(_ technique: Technique, _ rest: String) -> String {
        "compression_training.\(technique.key).\(rest)"
    }

    /// The first names, and how many follow.
    private static func listed(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    private static func kinds(_ technique: Technique) -> String {
        CompressibleModule.Kind.allCases.filter { technique.moduleKinds.contains($0) }.map(\.plural).joined(
            separator: ", ")
    }
}

extension CompressibleModule.Kind {
    fileprivate var plural: String {
        switch self {
        case .linear: "linear layers"
        case .convolution: "convolutions"
        case .embedding: "embeddings"
        case .batchNorm: "batch normalizations"
        }
    }
}
