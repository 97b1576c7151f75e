/// All models, a table for each group of comparable scores, each model compared with the first of its network.
struct ModelSection {
    let report: Report
    let catalogue: Catalogue
    let commands: ReportPage.Commands?

    var markup: Markup? {
        guard !catalogue.families.isEmpty else { return nil }
        return """
            <section id="models">
            <h2>Models</h2>
            \(catalogue.groups.map(table))
            \(times)
            \(untimed)
            </section>
            """
    }

    private func table(_ group: Catalogue.Group) -> Markup {
        let counts = Set(group.entries.map(\.model.examples)), hasOneCount = counts.count < 2
        let bodies: [Markup] = group.families.map {
            "<tbody>\($0.entries.map { row($0, hasCount: !hasOneCount) })</tbody>"
        }
        let title: Markup? = group.title.isEmpty ? nil : "<h3>\(group.title)</h3>"
        let unknown: Markup? =
            group.isRanked || group.measure == nil
            ? nil
            : "<p class=\"note\">Records of these runs do not say which files the scores are of, so scores of different runs are not compared.</p>"
        let count = hasOneCount ? counts.first.flatMap { $0 }.map { "; n = \(Phrases.count($0)) examples" } ?? "" : ""
        let headings =
            ["stage", "score"] + (hasOneCount ? [] : ["n"]) + [
                "difference", "parameters", "size", "of first", "ms", "times as fast",
            ]
        return """
            \(title)
            \(unknown)
            <div class="scroll">
            <table class="models cards">
            <caption>Each model beside the first of its network\(count)</caption>
            <thead><tr><th scope="col">model</th>\(headings.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead>
            \(bodies)
            </table>
            </div>
            """
    }

    private func row(_ entry: Catalogue.Entry, hasCount: Bool) -> Markup {
        let model = entry.model, comparison = entry.comparison
        let share = comparison == nil ? 1 : comparison?.bytesShare ?? 0
        return """
            <tr class="\(comparison == nil ? "first" : "")"><th scope="row"><span class="number">\(entry.number)</span> \(model.name)</th>\
            <td data-name="stage">\(Phrases.words(model.stage))</td>\
            <td data-name="\(Phrases.words(model.measure ?? "score"))">\(Phrases.score(model.score, model.standardError, of: model.measure))</td>\
            \(hasCount ? "<td data-name=\"n\">\(Phrases.count(model.examples))</td>" as Markup : .nothing)\
            <td data-name="difference">\(comparison.flatMap { Phrases.difference($0, of: model.measure) } ?? "")</td>\
            <td data-name="parameters">\(Phrases.count(model.parameters))</td><td data-name="size">\(Phrases.bytes(model.bytes))</td>\
            <td data-name="of first" class="bar" style="--share:\(share: share)">\(comparison == nil ? "" : Phrases.percent(comparison?.bytesShare))</td>\
            <td data-name="ms">\(Phrases.milliseconds(model.milliseconds, model.spread))</td>\
            <td data-name="times as fast">\(comparison.map { speed($0.speedUp, in: entry) } ?? "")</td></tr>
            """
    }

    /// `2.61× (2.55–2.68)`; with the other model's name if that is not the first of the network.
    private func speed(_ speedUp: Report.SpeedUp?, in entry: Catalogue.Entry) -> String {
        guard let speedUp else { return Phrases.none }
        let base = catalogue.families.first { $0.entries.contains { $0.number == entry.number } }?.base.name
        let spread =
            "(\(Phrases.times(speedUp.spread.low).dropLast())–\(Phrases.times(speedUp.spread.high).dropLast()))"
        return "\(Phrases.times(speedUp.ratio)) \(spread)"
            + (speedUp.than == base ? "" : " over " + Phrases.shortened(speedUp.than, to: 24))
    }

    /// What was timed, when, and on which machine.
    private var times: Markup? {
        let timed = catalogue.entries.filter { $0.model.milliseconds != nil }
        guard !timed.isEmpty else { return nil }
        let batches = Array(Set(timed.compactMap(\.model.batch))).sorted().prefix(6).map {
            Phrases.shortened($0, to: 80)
        }
        return
            "<p class=\"note\">Timed: \(Phrases.list(batches)); medians, in brackets the middle half. \(moments(timed.map(\.model)))</p>"
    }

    /// How the times were taken, and what they can be compared with.
    private func moments(_ timed: [Report.Model]) -> String {
        if let measurement = report.measurement {
            return
                "All models were timed in turn for this report, \(measurement.rounds) rounds, on \(measurement.environment.machine)."
        }
        let names = Set(timed.map(\.run)),
            environments = report.runs.filter { names.contains($0.name) }.map(\.record.environment)
        let machines = Array(Set(environments.map(\.machine))).filter { !$0.isEmpty }.sorted()
        let machine =
            machines.isEmpty
            ? "" : " Timed on \(Phrases.list(machines.prefix(4).map { Phrases.shortened($0, to: 120) }))."
        if timed.contains(where: { $0.timedIn == nil }) {
            return
                "Runs of earlier versions timed each model at a moment of its own: these times are not compared."
                + (commands?.timing ?? "") + machine
        }
        let isOneRun = Set(timed.map(\.timedIn)).count == 1
        let comparison =
            isOneRun
            ? "The run timed its models in turn."
            : "A run timed its models in turn; times of different runs are not comparable.\(commands?.timing ?? "")"
        return comparison + machine
    }

    /// The models that the report could not time.
    private var untimed: Markup? {
        let problems: [Markup] = catalogue.entries.compactMap { entry in
            entry.model.timingProblem.map {
                "<li><b>\(entry.model.name)</b> was not timed: \(Phrases.shortened($0, to: 300))</li>"
            }
        }
        return problems.isEmpty ? nil : "<ul class=\"notes note\">\(problems.prefix(40).map { $0 })</ul>"
    }
}
