import Foundation

/// The models of a report by the networks that they come of, each beside the first of its network.
struct Catalogue {
    struct Family {
        /// What the others are compared with: the network as it was before compression.
        var base: Report.Model
        var entries: [Entry]
    }

    struct Entry {
        var model: Report.Model
        /// From 1 on, in the order of the tables.
        var number: Int
        /// Of the family, from 0 on.
        var group: Int
        /// nil for the base itself.
        var comparison: Comparison?
    }

    /// A model beside the one that it came of; what cannot be compared is nil.
    struct Comparison: Equatable {
        /// Of the scores: the model's less the base's.
        var scoreDifference: Double?
        /// Bytes as a share of the base's.
        var bytesShare: Double?
        /// How many times as fast.
        var speedUp: Double?
    }

    let families: [Family]

    var entries: [Entry] { families.flatMap(\.entries) }

    init(_ report: Report) {
        let origins = Origins(report.runs)
        var order: [String] = [], members: [String: [Report.Model]] = [:]
        for model in report.models {
            let key = origins.origin(ofRun: model.run) ?? model.run
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(model)
        }
        var number = 0
        families = order.enumerated().compactMap { group, key in
            let models = members[key] ?? []
            guard let first = models.first else { return nil }
            let base = models.first { ["trained", "before"].contains($0.stage) } ?? first
            let sorted = [base] + models.filter { $0 != base }
            let entries = sorted.map { model in
                number += 1
                return Entry(model: model, number: number, group: group, comparison: model == base ? nil : Comparison(of: model, with: base))
            }
            return Family(base: base, entries: entries)
        }
    }
}

extension Catalogue.Comparison {
    init(of model: Report.Model, with base: Report.Model) {
        if let score = model.score, let other = base.score, model.measure == base.measure, score.isFinite, other.isFinite { scoreDifference = score - other }
        if let bytes = model.bytes, let other = base.bytes, bytes >= 0, other > 0 { bytesShare = Double(bytes) / Double(other) }
        if let time = model.milliseconds, let other = base.milliseconds, model.batch == base.batch, time > 0, other > 0, other.isFinite {
            speedUp = other / time
        }
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
            guard let parent = run(inDirectory: runs[index].record.model), parent != index else { return "model " + Self.standard(runs[index].record.model) }
            index = parent
        }
        return "run " + runs[index].name
    }

    /// The run whose directory is the one that is named, or ends as it does: the report may have been asked for from elsewhere.
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
