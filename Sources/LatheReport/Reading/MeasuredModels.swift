import LatheTasks

/// The models that runs have measured, each once: what a run began from, what it learned from, and what it made, as far as these have scores. What lies between
/// them (a student under compression) is no model to choose.
struct MeasuredModels {
    private(set) var models: [Report.Model] = []
    /// Where each model lies; nil where that is not known.
    private var places: [String?] = []
    /// Whether a run of the report made it.
    private var isMade: [Bool] = []

    init(_ runs: [Report.Run]) {
        // Models that runs made come first, so that others which began from them find them.
        for run in runs { if let stage = run.record.stages.last, stage.evaluation != nil { add(run, stage, at: run.directory, made: true) } }
        for run in runs {
            for stage in run.record.stages.dropLast() where stage.evaluation != nil {
                switch stage.name {
                case "teacher": add(run, stage, at: run.record.teacher ?? run.record.model, made: false)
                case "before": add(run, stage, at: run.record.model, made: false)
                default: break
                }
            }
        }
        sort(runs.map(\.name))
        Frontier.mark(&models)
    }

    private mutating func add(_ run: Report.Run, _ stage: RunRecord.Stage, at directory: String, made: Bool) {
        let place = RunNames.resolved(directory), evaluation = stage.evaluation
        var model = Report.Model(
            name: made ? run.name : directory.split(separator: "/").last.map(String.init) ?? directory, run: run.name, stage: stage.name,
            measure: evaluation?.primaryName, score: evaluation?.primaryValue, isHigherBetter: evaluation?.isHigherBetter ?? true,
            parameters: stage.parameters, bytes: stage.bytes, milliseconds: stage.milliseconds, batch: stage.milliseconds == nil ? nil : run.record.batch)
        if let known = models.indices.first(where: { isSame($0, model, at: place, made: made) }) {
            // A training run measures no time; who goes on from its model does.
            if models[known].milliseconds == nil { (models[known].milliseconds, models[known].batch) = (model.milliseconds, model.batch) }
            return
        }
        let taken = Set(models.map(\.name))
        if taken.contains(model.name) { model.name = (2...).lazy.map { "\(model.name) (\($0))" }.first { !taken.contains($0) } ?? model.name }
        models.append(model)
        places.append(place)
        isMade.append(made)
    }

    /// Whether a model is one that is known already: it lies in the same place, or one of the two is no run's result, and they agree in all that tells
    /// models apart.
    private func isSame(_ index: Int, _ model: Report.Model, at place: String, made: Bool) -> Bool {
        let known = models[index]
        guard known.measure == model.measure else { return false }
        if places[index] == place { return true }
        return !(made && isMade[index]) && known.score == model.score && known.bytes == model.bytes && known.parameters == model.parameters
    }

    /// In the order of the runs, what they began from before what they made.
    private mutating func sort(_ runs: [String]) {
        let ranks = Dictionary(runs.enumerated().map { ($1, $0) }) { first, _ in first }
        let order = zip(models, isMade).enumerated().sorted { left, right in
            func key(_ entry: (offset: Int, element: (Report.Model, Bool))) -> (Int, Int, Int) {
                (ranks[entry.element.0.run] ?? 0, entry.element.1 ? 1 : 0, entry.offset)
            }
            return key(left) < key(right)
        }
        models = order.map(\.element.0)
    }
}

/// Which models no other is better than.
enum Frontier {
    /// Marks models that are best for their size, and for their time.
    static func mark(_ models: inout [Report.Model]) {
        let all = models
        for index in models.indices {
            models[index].isBestForSize = isBest(all[index], among: all) { $0.bytes.map(Double.init) }
            models[index].isBestForTime = isBest(all[index], among: all.filter { $0.batch == all[index].batch }) { $0.milliseconds }
        }
    }

    /// Whether no other model with the same measure costs as little and scores better, or costs less and scores as well.
    private static func isBest(_ model: Report.Model, among others: [Report.Model], _ cost: (Report.Model) -> Double?) -> Bool {
        guard let own = cost(model), let score = model.score, !score.isNaN else { return false }
        return !others.contains { other in
            guard other.measure == model.measure, let theirs = cost(other), let value = other.score, !value.isNaN else { return false }
            let gain = model.isHigherBetter ? value - score : score - value
            return theirs <= own && gain >= 0 && (theirs < own || gain > 0)
        }
    }
}
