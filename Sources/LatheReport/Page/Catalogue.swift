import Foundation

/// The models of a report by the data that they are scored on, then by the networks that they come of, each compared
/// with the first of its network.
struct Catalogue {
    /// Models whose scores are of one task, one metric and the same data.
    struct Group {
        /// `sst2: accuracy on dev.tsv`
        var title: String
        /// Whether the scores can be compared.
        var isRanked: Bool
        var families: [Family]
        /// The metric of the scores; `nil` for models without one.
        var measure: String?

        var entries: [Entry] { families.flatMap(\.entries) }
    }

    struct Family {
        /// What the others are compared with: the network as it was before compression. Models without a score have
        /// that of a group with scores, if there is one.
        var base: Report.Model
        var entries: [Entry]
        /// The number of the network's colour and form, from 0 on.
        var style: Int
    }

    struct Entry {
        var model: Report.Model
        /// From 1 on, in the order of the tables.
        var number: Int
        /// The number of the network's colour and form, from 0 on.
        var style: Int
        /// `nil` for the base itself.
        var comparison: Comparison?
    }

    /// A model compared with the one that it came of; what cannot be compared is `nil`.
    struct Comparison: Equatable {
        /// The model's score less the base's.
        var scoreDifference: Double?
        /// The standard error of that difference; 0 if it is not known.
        var standardError = 0.0
        /// Bytes as a share of the base's.
        var bytesShare: Double?
        var speedUp: Report.SpeedUp?

        /// Whether the scores differ by no more than their standard error.
        var isWithinError: Bool { scoreDifference.map { standardError > 0 && abs($0) <= standardError } ?? false }
    }

    let groups: [Group]

    var families: [Family] { groups.flatMap(\.families) }
    var entries: [Entry] { families.flatMap(\.entries) }

    init(_ report: Report) {
        let origins = Origins(report.runs)
        var styles: [String: Int] = [:], bases: [String: Report.Model] = [:], number = 0
        groups = ScoreGroup.all(in: report.models).map { group in
            var order: [String] = [], members: [String: [Report.Model]] = [:]
            for model in group.indices.map({ report.models[$0] }) {
                let key = origins.origin(ofRun: model.run) ?? model.run
                if members[key] == nil { order.append(key) }
                members[key, default: []].append(model)
            }
            let families = order.compactMap { key -> Family? in
                let models = members[key] ?? [], style = styles[key] ?? styles.count
                styles[key] = style
                let own = models.first { ["trained", "before"].contains($0.stage) } ?? models.first
                guard let base = group.measure == nil ? bases[key] ?? own : own else { return nil }
                bases[key] = bases[key] ?? base
                let entries = (models.filter { $0 == base } + models.filter { $0 != base }).map { model in
                    number += 1
                    let comparison = model == base ? nil : Comparison(of: model, with: base, isRanked: group.isRanked)
                    return Entry(model: model, number: number, style: style, comparison: comparison)
                }
                return Family(base: base, entries: entries, style: style)
            }
            return Group(title: group.title, isRanked: group.isRanked, families: families, measure: group.measure)
        }
    }
}

extension Catalogue.Comparison {
    /// - Parameter isRanked: whether scores of different runs can be compared; those of one run always can.
    init(of model: Report.Model, with base: Report.Model, isRanked: Bool) {
        let isComparable = model.measure == base.measure && (isRanked || model.run == base.run)
        if isComparable, let score = model.score, let other = base.score, score.isFinite, other.isFinite {
            scoreDifference = score - other
            standardError = Report.Model.standardError(model, base)
        }
        if let bytes = model.bytes, let other = base.bytes, bytes >= 0, other > 0 {
            bytesShare = Double(bytes) / Double(other)
        }
        speedUp = model.speedUp
    }
}

/// Which network a run began from, over any number of runs that began from one another.
private struct Origins {
    private let runs: [Report.Run]
    private let indices: [String: Int]

    init(_ runs: [Report.Run]) {
        self.runs = runs
        indices = Dictionary(runs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func origin(ofRun name: String) -> String? {
        guard var index = indices[name] else { return nil }
        var seen: Set<Int> = []
        while runs[index].record.kind != .train, seen.insert(index).inserted {
            guard let parent = run(inDirectory: runs[index].record.model), parent != index else {
                return "model " + Self.standard(runs[index].record.model)
            }
            index = parent
        }
        return "run " + runs[index].name
    }

    /// The run whose directory is the one that is named, or ends as it does: the report may have been asked for from
    /// elsewhere.
    private func run(inDirectory path: String) -> Int? {
        let wanted = Self.standard(path)
        if let exact = runs.firstIndex(where: { Self.standard($0.directory) == wanted }) { return exact }
        let last = Self.last(wanted)
        let alike = runs.indices.filter { !last.isEmpty && Self.last(Self.standard(runs[$0].directory)) == last }
        return alike.count == 1 ? alike[0] : nil
    }

    private static func standard(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    private static func last(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
}
