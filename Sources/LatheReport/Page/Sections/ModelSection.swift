/// All models in a table, each beside the first of its network.
struct ModelSection {
    let catalogue: Catalogue

    var markup: Markup? {
        guard !catalogue.families.isEmpty else { return nil }
        let measures = Set(catalogue.entries.compactMap(\.model.measure))
        let isOneMeasure = measures.count == 1
        let bodies: [Markup] = catalogue.families.map { family in
            "<tbody>\(family.entries.map { row($0, isOneMeasure: isOneMeasure) })</tbody>"
        }
        let heading = isOneMeasure ? Phrases.words(measures.first ?? "score") : "score"
        let headings = ["stage", heading, "difference", "parameters", "size", "of first", "ms", "times as fast"]
        return """
            <section id="models">
            <h2>Models</h2>
            <div class="scroll">
            <table class="models cards">
            <caption>Each model beside the first of its network</caption>
            <thead><tr><th scope="col">model</th>\(headings.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead>
            \(bodies)
            </table>
            </div>
            \(batches)
            </section>
            """
    }

    private var batches: Markup? {
        let batches = Array(Set(catalogue.entries.filter { $0.model.milliseconds != nil }.compactMap(\.model.batch))).sorted()
        guard !batches.isEmpty else { return nil }
        return "<p class=\"note\">Timed: \(Phrases.list(batches.prefix(6).map { Phrases.shortened($0, to: 80) })). Only models with the same batch are compared.</p>"
    }

    private func row(_ entry: Catalogue.Entry, isOneMeasure: Bool) -> Markup {
        let model = entry.model, comparison = entry.comparison
        let score = Phrases.score(model.score, of: model.measure)
        let measured = isOneMeasure || model.score == nil ? score : "\(score) \(Phrases.words(model.measure ?? ""))"
        let share = comparison == nil ? 1 : comparison?.bytesShare ?? 0
        return """
            <tr class="\(comparison == nil ? "first" : "")"><th scope="row"><span class="number">\(entry.number)</span> \(model.name)</th>\
            <td data-name="stage">\(Phrases.words(model.stage))</td>\
            <td data-name="\(isOneMeasure ? Phrases.words(model.measure ?? "score") : "score")">\(measured)</td>\
            <td data-name="difference">\(comparison?.scoreDifference.map { Phrases.difference($0, of: model.measure) } ?? "")</td>\
            <td data-name="parameters">\(Phrases.count(model.parameters))</td><td data-name="size">\(Phrases.bytes(model.bytes))</td>\
            <td data-name="of first" class="bar" style="--share:\(share: share)">\(comparison == nil ? "" : Phrases.percent(comparison?.bytesShare))</td>\
            <td data-name="ms">\(Phrases.milliseconds(model.milliseconds))</td>\
            <td data-name="times as fast">\(comparison == nil ? "" : Phrases.times(comparison?.speedUp))</td></tr>
            """
    }
}
