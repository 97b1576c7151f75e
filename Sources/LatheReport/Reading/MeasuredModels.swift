import LatheFiles
import LatheTraining
import LatheWorkflows

/// The models that runs have measured, each once for each data that it is scored on: what a run began from, what it
/// learned from, and what it made, as far as these have scores. What lies between them (a student under compression) is
/// not a model to choose.
struct MeasuredModels {
    /// A model that a run made, timed in turn with one that it began from or learned from.
    struct Pair {
        /// The place of the other model in `models`.
        var other: Int
        /// The other model's time divided by the model's.
        var ratio: InterleavedTimes.Ratio
    }

    private struct Entry {
        var model: Report.Model
        /// The directory, without links.
        var place: String
        /// Whether a run of the report made it.
        var isMade: Bool
        var pairs: [Pair] = []
    }

    private var entries: [Entry] = []
    /// The place in `models` of each stage of each run, by the run's name; stages on the way have none.
    private(set) var stages: [String: [Int: Int]] = [:]

    var models: [Report.Model] { entries.map(\.model) }
    /// The directory of each model, without links.
    var places: [String] { entries.map(\.place) }
    /// The models that each was timed in turn with by its run.
    var pairs: [[Pair]] { entries.map(\.pairs) }

    /// - Parameter includesUnscored: whether models without a score, which may be timed, are listed too.
    init(_ runs: [Report.Run], includesUnscored: Bool = false) {
        // Models that runs made come first, so that others which began from them find them; models without a score
        // last, which find those that have one.
        for hasScore in includesUnscored ? [true, false] : [true] {
            for run in runs {
                guard let stage = run.record.stages.last, (stage.evaluation != nil) == hasScore else { continue }
                stages[run.name, default: [:]][run.record.stages.count - 1] = add(
                    run, stage, at: run.directory, made: true)
            }
            for run in runs {
                for (number, stage) in run.record.stages.dropLast().enumerated()
                where (stage.evaluation != nil) == hasScore {
                    addBeginning(run, stage, number)
                }
            }
        }
        sort(runs.map(\.name))
        nameGroups(runs)
    }

    /// Adds a model that a run began from or learned from.
    private mutating func addBeginning(_ run: Report.Run, _ stage: RunRecord.Stage, _ number: Int) {
        let directory: String
        switch stage.name {
        case "teacher": directory = run.record.teacher ?? run.record.model
        case "before": directory = run.record.model
        default: return
        }
        let other = add(run, stage, at: directory, made: false)
        stages[run.name, default: [:]][number] = other
        guard let ratio = stage.timeRatio,
            let made = entries.firstIndex(where: { $0.isMade && $0.model.run == run.name })
        else { return }
        entries[made].pairs.append(Pair(other: other, ratio: ratio))
    }

    /// Adds a model unless it is known.
    /// - Returns: its place.
    private mutating func add(_ run: Report.Run, _ stage: RunRecord.Stage, at directory: String, made: Bool) -> Int {
        var entry = Entry(model: Self.model(run, stage), place: ResolvedPath.of(directory), isMade: made)
        entry.model.directory = directory
        if let known = entries.firstIndex(where: { Self.isSame($0, entry) }) {
            complete(known, from: entry.model)
            return known
        }
        let name = made ? run.name : directory.split(separator: "/").last.map(String.init) ?? directory
        entry.model.name = unusedName(name, for: entry)
        entries.append(entry)
        return entries.count - 1
    }

    private static func model(_ run: Report.Run, _ stage: RunRecord.Stage) -> Report.Model {
        let evaluation = stage.evaluation, record = run.record
        var model = Report.Model(
            name: run.name, run: run.name, stage: stage.name, measure: evaluation?.primaryName,
            score: evaluation?.primaryValue,
            isHigherBetter: evaluation?.isHigherBetter ?? true, parameters: stage.parameters, bytes: stage.bytes,
            milliseconds: stage.milliseconds,
            batch: stage.milliseconds == nil ? nil : record.batch)
        model.standardError = evaluation?.metrics.first { $0.name == evaluation?.primaryName }?.standardError
        model.examples = evaluation?.exampleCount
        // The built-in digits have always been the same.
        if evaluation != nil {
            model.scoredOn = record.scoredOn ?? (record.task == TaskName.digits.name ? .digits : nil)
        }
        model.spread = stage.spread
        if stage.milliseconds != nil, record.stages.contains(where: { $0.timeRatio != nil }) {
            model.timedIn = run.name
        }
        return model
    }

    /// What another run knows of a model: a training run measures no time, and a record of an earlier version has not
    /// the data.
    private mutating func complete(_ index: Int, from model: Report.Model) {
        var known = entries[index].model
        if known.timedIn == nil, model.milliseconds != nil, known.milliseconds == nil || model.timedIn != nil {
            (known.milliseconds, known.spread, known.batch, known.timedIn) = (
                model.milliseconds, model.spread, model.batch, model.timedIn
            )
        }
        known.scoredOn = known.scoredOn ?? model.scoredOn
        known.examples = known.examples ?? model.examples
        known.standardError = known.standardError ?? model.standardError
        entries[index].model = known
    }

    /// Whether a model is one that is known already: it is in the same place, or one of the two is not a run's result,
    /// and they agree in all that tells models apart. A score on other data makes another entry.
    private static func isSame(_ known: Entry, _ entry: Entry) -> Bool {
        if entry.model.measure == nil, known.place == entry.place { return true }
        guard known.model.measure == entry.model.measure else { return false }
        let hasSameScore = known.model.score == entry.model.score
        if let first = known.model.scoredOn, let second = entry.model.scoredOn {
            if first.key != second.key { return false }
        } else if known.model.scoredOn != nil || entry.model.scoredOn != nil, !hasSameScore {
            return false
        }
        if known.place == entry.place { return true }
        let isEqual =
            hasSameScore && known.model.bytes == entry.model.bytes && known.model.parameters == entry.model.parameters
        return !(known.isMade && entry.isMade) && isEqual
    }

    /// `name`, with more if another model has it: the data, for a model that is scored on several.
    private func unusedName(_ name: String, for entry: Entry) -> String {
        let taken = Set(entries.map(\.model.name))
        guard taken.contains(name) else { return name }
        if let data = entry.model.scoredOn?.title, entries.contains(where: { $0.place == entry.place }),
            !taken.contains("\(name) on \(data)")
        {
            return "\(name) on \(data)"
        }
        return (2...).lazy.map { "\(name) (\($0))" }.first { !taken.contains($0) } ?? name
    }

    /// In the order of the runs, what they began from before what they made.
    private mutating func sort(_ runs: [String]) {
        let ranks = Dictionary(runs.enumerated().map { ($1, $0) }) { first, _ in first }
        func key(_ index: Int) -> (Int, Int, Int) {
            (ranks[entries[index].model.run] ?? 0, entries[index].isMade ? 1 : 0, index)
        }
        let order = entries.indices.sorted { key($0) < key($1) }
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        stages = stages.mapValues { $0.mapValues { places[$0] ?? $0 } }
        entries = order.map { index in
            var entry = entries[index]
            entry.pairs = entry.pairs.map { Pair(other: places[$0.other] ?? $0.other, ratio: $0.ratio) }
            return entry
        }
    }

    /// Names the groups: `sst2: accuracy on dev.tsv`. Different data of one name get a part of their digests.
    private mutating func nameGroups(_ runs: [Report.Run]) {
        let tasks = Dictionary(runs.map { ($0.name, $0.record.task) }) { first, _ in first }
        var keys: [String: Set<String>] = [:]
        func title(_ model: Report.Model) -> String {
            let task = tasks[model.run].flatMap { $0 }.map { $0 + ": " } ?? ""
            return "\(task)\(model.measure ?? "") on \(model.scoredOn?.title ?? "unknown files")"
        }
        for entry in entries where entry.model.measure != nil {
            keys[title(entry.model), default: []].insert(entry.model.scoredOn?.key ?? "")
        }
        for index in entries.indices {
            let model = entries[index].model
            guard model.measure != nil else {
                entries[index].model.group = "without a score"
                continue
            }
            let title = title(model),
                digests = model.scoredOn?.files.map { $0.digest.prefix(8) }.joined(separator: " ") ?? ""
            entries[index].model.group =
                (keys[title]?.count ?? 0) > 1 && !digests.isEmpty ? "\(title) [\(digests)]" : title
        }
    }
}
