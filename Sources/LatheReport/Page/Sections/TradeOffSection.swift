/// The scores of models over their size and over their time: charts for each group of comparable scores and each batch.
struct TradeOffSection {
    let catalogue: Catalogue
    let commands: ReportPage.Commands?

    var markup: Markup {
        let groups: [Markup] = catalogue.groups.compactMap(section)
        return """
            <section id="tradeoff">
            <h2>Score, size and time</h2>
            \(groups.isEmpty ? "<p>No model here has both a score that can be compared and a size or a time.</p>" : Markup(groups))
            </section>
            """
    }

    private typealias Entry = Catalogue.Entry

    private func section(_ group: Catalogue.Group) -> Markup? {
        guard group.isRanked else { return nil }
        let scored = group.entries.filter { $0.model.score.map(Axis.isDrawn) ?? false }
        let timeCharts = timeCharts(scored, group), charts = sizeCharts(scored, group) + timeCharts
        if charts.isEmpty { return nil }
        let apart: Markup? =
            timedGroups(scored).contains { !ScoreGroup.areTimedTogether($0.map(\.model)) }
            ? "<p class=\"note\">Times have no chart: they were taken at different moments.\(commands?.timing ?? "")</p>"
            : nil
        let title: Markup? = group.title.isEmpty ? nil : "<h3>\(group.title)</h3>"
        return "\(title)\(charts)\(apart)"
    }

    private func sizeCharts(_ scored: [Entry], _ group: Catalogue.Group) -> [Markup] {
        let sized = scored.filter { ($0.model.bytes ?? 0) > 0 }
        if sized.isEmpty { return [] }
        return [
            figure(
                sized, of: group, against: "size", xName: "size of the file", xUnit: .bytes, isBest: \.isBestForSize,
                x: { Double($0.bytes ?? 0) },
                cost: { Phrases.bytes($0.bytes) })
        ]
    }

    /// Models that were timed on the same batch, two or more.
    private func timedGroups(_ scored: [Entry]) -> [[Entry]] {
        let timed = scored.filter { $0.model.milliseconds.map { $0 > 0 && Axis.isDrawn($0) } ?? false }
        return groups(timed) { $0.model.batch ?? "" }.filter { $0.count > 1 }
    }

    /// Charts of times that were taken in turn. Others have no place on one axis.
    private func timeCharts(_ scored: [Entry], _ group: Catalogue.Group) -> [Markup] {
        let charts = timedGroups(scored).filter { ScoreGroup.areTimedTogether($0.map(\.model)) }
        return charts.map { entries in
            let batch = entries.first?.model.batch
            // The batch tells charts of one measure apart.
            let suffix = charts.count > 1 ? batch.map { ", \($0)" } ?? "" : ""
            return figure(
                entries, of: group, against: "time", suffix: suffix,
                xName: "milliseconds" + (batch.map { " for \($0)" } ?? ""), xUnit: .milliseconds,
                isBest: \.isBestForTime, x: { $0.milliseconds ?? 0 },
                cost: { Phrases.milliseconds($0.milliseconds) + " ms" })
        }
    }

    /// In the order of first appearance.
    private func groups(_ entries: [Entry], by key: (Entry) -> String) -> [[Entry]] {
        var order: [String] = [], members: [String: [Entry]] = [:]
        for entry in entries {
            if members[key(entry)] == nil { order.append(key(entry)) }
            members[key(entry), default: []].append(entry)
        }
        return order.compactMap { members[$0] }
    }

    private func figure(
        _ entries: [Entry], of group: Catalogue.Group, against cost: String, suffix: String = "", xName: String,
        xUnit: Axis.Unit,
        isBest: (Report.Model) -> Bool, x: (Report.Model) -> Double, cost costText: (Report.Model) -> String
    ) -> Markup {
        let measure = group.measure
        let title = "\(Phrases.measure(measure)) against \(cost)\(suffix)"
        let points = entries.map { entry in
            let detail =
                "\(entry.model.name): \(Phrases.score(entry.model.score, entry.model.standardError, of: measure)), \(costText(entry.model))"
            return ScatterChart.Point(
                name: entry.model.name, number: entry.number, x: x(entry.model), y: entry.model.score ?? 0,
                group: entry.style,
                isBest: isBest(entry.model), detail: detail)
        }
        let better = entries.first?.model.isHigherBetter == false ? "lower is better" : "higher is better"
        let chart = ScatterChart(
            title: title,
            description: "\(points.count) models; \(better). The same numbers are in the table of models.",
            points: points,
            xName: Phrases.shortened(xName, to: 60), xUnit: xUnit, yUnit: Phrases.isShare(measure) ? .percent : .plain)
        let marked =
            "Filled: no other is as \(cost == "size" ? "small" : "fast") and better, beyond the standard error. The line of steps joins them."
        return """
            <figure class="tradeoff\(chart.isNamed ? " named" : "")">
            \(group.title.isEmpty ? "<h3>\(title)</h3>" : "<h4>\(title)</h4>" as Markup)
            <p class="note">\(Phrases.capitalized(better)). \(points.contains(where: \.isBest) ? marked : "")</p>
            \(networks(entries))
            \(chart.markup)
            \(legend(entries))
            \(leftOut(of: group, drawn: entries, cost: cost))
            </figure>
            """
    }

    /// The marks of the networks, if there are several.
    private func networks(_ entries: [Entry]) -> Markup? {
        let present = Set(entries.map(\.style))
        guard present.count > 1 else { return nil }
        var seen: Set<Int> = []
        let families = catalogue.families.filter { present.contains($0.style) && seen.insert($0.style).inserted }
        let items: [Markup] = families.prefix(ScatterChart.groupStyles).map {
            "<li>\(mark($0.style)) \($0.base.name) and what came of it</li>"
        }
        return "<ul class=\"networks\">\(items)</ul>"
    }

    private func mark(_ style: Int) -> Markup {
        """
        <svg viewBox="0 0 14 14" aria-hidden="true"><path class="mark g\(style % ScatterChart.groupStyles)" \
        d="\(ScatterChart.form(style, at: Spot(x: 7, y: 7)))"/></svg>
        """
    }

    /// Numbers and names, with the mark of their network.
    private func legend(_ entries: [Entry]) -> Markup {
        let items: [Markup] = entries.map { entry in
            "<li>\(mark(entry.style))<span class=\"number\">\(entry.number)</span> \(entry.model.name)</li>"
        }
        return "<ol class=\"legend\">\(items)</ol>"
    }

    /// Names of the models of the group that are not in the chart.
    private func leftOut(of group: Catalogue.Group, drawn entries: [Entry], cost: String) -> Markup? {
        let drawn = Set(entries.map(\.number)), batch = entries.first?.model.batch
        let missing = group.entries.filter { entry in
            !drawn.contains(entry.number)
                && !(cost == "time" && entry.model.milliseconds != nil && entry.model.batch != batch)
        }
        guard !missing.isEmpty else { return nil }
        let names =
            missing.prefix(12).map { Phrases.shortened($0.model.name, to: 60) }
            + (missing.count > 12 ? ["\(missing.count - 12) more"] : [])
        return "<p class=\"note\">Left out, without a score or a \(cost): \(Phrases.list(names)).</p>"
    }
}
