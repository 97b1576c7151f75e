import LatheTasks

/// The models on the way of a run.
struct StageTable {
    let record: RunRecord

    /// Measures with a column.
    private static let largestMeasureCount = 6

    var markup: Markup? {
        guard !record.stages.isEmpty else { return nil }
        var measures: [String] = []
        for metric in record.stages.flatMap({ $0.evaluation?.metrics ?? [] }) where !measures.contains(metric.name) { measures.append(metric.name) }
        measures = Array(measures.prefix(Self.largestMeasureCount))
        let headings = measures.map { Phrases.words($0) } + ["parameters", "size", "ms"]
        let rows: [Markup] = record.stages.map { stage in
            let scores = measures.map { name in Phrases.score(stage.evaluation?[name], of: name) }
            let values = scores + [Phrases.count(stage.parameters), Phrases.bytes(stage.bytes), Phrases.milliseconds(stage.milliseconds)]
            let cells: [Markup] = zip(headings, values).map { "<td data-name=\"\($0)\">\($1)</td>" }
            return "<tr><th scope=\"row\">\(Phrases.words(stage.name))</th>\(cells)</tr>"
        }
        return """
            <h4>Stages</h4>
            <div class="scroll">
            <table class="stages cards">
            <caption>The model on its way\(record.batch.map { "; milliseconds for \($0)" } ?? "")</caption>
            <thead><tr><th scope="col">stage</th>\(headings.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </div>
            """
    }
}
