/// The models that no other is better than, among those whose scores are comparable.
enum Frontier {
    /// Marks models that are best for their size, and for their time.
    static func mark(_ models: inout [Report.Model]) {
        for group in ScoreGroup.all(in: models) where group.isRanked {
            let all = group.indices.map { models[$0] }
            for index in group.indices {
                models[index].isBestForSize = isBest(models[index], among: all) { $0.bytes.map(Double.init) }
                let timed = all.filter { $0.milliseconds != nil && $0.batch == models[index].batch }
                models[index].isBestForTime = ScoreGroup.areTimedTogether(timed) && isBest(models[index], among: timed) { $0.milliseconds }
            }
        }
    }

    /// Whether no other model costs as little and scores better, or costs less and scores as well. Scores within the standard error of their difference are
    /// equal.
    private static func isBest(_ model: Report.Model, among others: [Report.Model], _ cost: (Report.Model) -> Double?) -> Bool {
        guard let own = cost(model), let score = model.score, !score.isNaN else { return false }
        return !others.contains { other in
            guard let theirs = cost(other), let value = other.score, !value.isNaN else { return false }
            let gain = model.isHigherBetter ? value - score : score - value, error = Report.Model.standardError(model, other)
            let isAsGood = gain >= -error, isBetter = gain > error
            return theirs <= own && isAsGood && (theirs < own || isBetter)
        }
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
