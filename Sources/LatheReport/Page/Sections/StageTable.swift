import LatheTraining
import LatheWorkflows

/// The models on the way of a run.
struct StageTable {
    let record: RunRecord

    /// Measures with a column.
    private static let largestMeasureCount = 6

    var markup: Markup? {
        guard !record.stages.isEmpty else { return nil }
        var measures: [String] = []
        for metric in record.stages.flatMap({ $0.evaluation?.metrics ?? [] }) where !measures.contains(metric.name) {
            measures.append(metric.name)
        }
        measures = Array(measures.prefix(Self.largestMeasureCount))
        let headings = measures.map { Phrases.words($0) } + ["examples", "parameters", "size", "ms", "relative time"]
        let rows: [Markup] = record.stages.map { stage in
            let scores = measures.map { name in Self.score(name, in: stage.evaluation) }
            let values =
                scores + [
                    Phrases.count(stage.evaluation?.exampleCount), Phrases.count(stage.parameters),
                    Phrases.bytes(stage.bytes),
                    Phrases.milliseconds(stage.milliseconds, stage.spread),
                    stage.timeRatio.map { Phrases.times($0.median) } ?? "",
                ]
            let cells: [Markup] = zip(headings, values).map { "<td data-name=\"\($0)\">\($1)</td>" }
            return "<tr><th scope=\"row\">\(Phrases.words(stage.name))</th>\(cells)</tr>"
        }
        return """
            <h4>Stages</h4>
            <div class="scroll">
            <table class="stages cards">
            <caption>\(caption)</caption>
            <thead><tr><th scope="col">stage</th>\(headings.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </div>
            """
    }

    /// What was scored and timed, and how the times compare.
    private var caption: String {
        let data = record.scoredOn.map { "; scored on \(Phrases.shortened($0.title, to: 200))" } ?? ""
        let timed = record.stages.count { $0.milliseconds != nil },
            isInTurn = record.stages.contains { $0.timeRatio != nil }
        let moment = timed < 2 ? "" : isInTurn ? ", timed in turn" : ", each timed at a moment of its own"
        return "The model on its way\(data)\(record.batch.map { "; milliseconds for \($0)\(moment)" } ?? "")"
    }

    private static func score(_ name: String, in evaluation: Evaluation?) -> String {
        let metric = evaluation?.metrics.first { $0.name == name }
        return Phrases.score(metric?.value, metric?.standardError, of: name)
    }
}
