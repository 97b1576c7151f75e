/// The models that no other is better than, among those whose scores are comparable.
enum Frontier {
    /// Marks models that are best for their size, and for their time.
    static func mark(_ models: inout [Report.Model]) {
        for index in models.indices { (models[index].isBestForSize, models[index].isBestForTime) = (false, false) }
        for group in ScoreGroup.all(in: models) where group.isRanked {
            for index in best(group.indices, of: models, { $0.bytes.map(Double.init) }) {
                models[index].isBestForSize = true
            }
            let timed = group.indices.filter { models[$0].milliseconds != nil }
            for indices in Dictionary(grouping: timed, by: { models[$0].batch }).values
            where ScoreGroup.areTimedTogether(indices.map { models[$0] }) {
                for index in best(indices, of: models, \.milliseconds) { models[index].isBestForTime = true }
            }
        }
    }

    /// The models that score better than every cheaper one that is among the best itself, and no worse than those of
    /// the same cost. Scores within the standard error of their difference are equal. (That is not transitive, so a
    /// model that equals one that is not among the best may be among them.)
    private static func best(_ indices: [Int], of models: [Report.Model], _ cost: (Report.Model) -> Double?) -> [Int] {
        let known = indices.compactMap { index -> (index: Int, cost: Double)? in
            guard let cost = cost(models[index]), models[index].score.map({ !$0.isNaN }) ?? false else { return nil }
            return (index, cost)
        }
        var best: [Int] = []
        for (_, equals) in Dictionary(grouping: known, by: \.cost).sorted(by: { $0.key < $1.key }) {
            best += equals.map(\.index).filter { index in
                best.allSatisfy { isBetter(models[index], than: models[$0]) }
                    && !equals.contains { isBetter(models[$0.index], than: models[index]) }
            }
        }
        return best
    }

    /// Whether a score is better than another one beyond the standard error of their difference.
    private static func isBetter(_ model: Report.Model, than other: Report.Model) -> Bool {
        guard let score = model.score, let value = other.score else { return false }
        return (model.isHigherBetter ? score - value : value - score) > Report.Model.standardError(model, other)
    }
}

/// Models whose scores are of one task, one metric and the same data.
struct ScoreGroup {
    /// The group's name; empty for models without one.
    let title: String
    let measure: String?
    /// The places of the models in the report.
    let indices: [Int]
    /// Whether the scores can be compared: they are of the same data, or of one run.
    let isRanked: Bool

    /// The groups of `models`, in the order of their first ones, those without a score last.
    static func all(in models: [Report.Model]) -> [ScoreGroup] {
        var order: [[String?]] = [], members: [[String?]: [Int]] = [:]
        for (index, model) in models.enumerated() {
            let key = [model.group, model.measure]
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(index)
        }
        return (order.filter { $0[1] != nil } + order.filter { $0[1] == nil }).map { key in
            let indices = members[key] ?? [], scored = indices.map { models[$0] }
            let isRanked = scored.allSatisfy { $0.scoredOn != nil } || Set(scored.map(\.run)).count == 1
            return ScoreGroup(title: key[0] ?? "", measure: key[1], indices: indices, isRanked: isRanked)
        }
    }

    /// Whether the times of `models` were taken in turn.
    static func areTimedTogether(_ models: [Report.Model]) -> Bool {
        guard let moment = models.first?.timedIn else { return false }
        return models.allSatisfy { $0.timedIn == moment }
    }
}
