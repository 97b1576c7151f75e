/// What models score over their size and over their time, one chart for each measure and each batch.
struct TradeOffSection {
    let catalogue: Catalogue

    var markup: Markup {
        let charts = sizeCharts + timeCharts
        return """
            <section id="tradeoff">
            <h2>Score, size and time</h2>
            \(charts.isEmpty ? "<p>No model here has both a score and a size or a time.</p>" : Markup(charts))
            </section>
            """
    }

    private typealias Entry = Catalogue.Entry

    private var scored: [Entry] { catalogue.entries.filter { $0.model.score.map(Axis.isDrawn) ?? false } }

    private var sizeCharts: [Markup] {
        groups(scored.filter { ($0.model.bytes ?? 0) > 0 }) { $0.model.measure ?? "" }.map { group in
            figure(
                group, against: "size", xName: "size of the file", xUnit: .bytes, isBest: \.isBestForSize, x: { Double($0.bytes ?? 0) },
                cost: { Phrases.bytes($0.bytes) })
        }
    }

    private var timeCharts: [Markup] {
        let timed = scored.filter { $0.model.milliseconds.map { $0 > 0 && Axis.isDrawn($0) } ?? false }
        let charts = groups(timed) { ($0.model.measure ?? "") + "\n" + ($0.model.batch ?? "") }
        return charts.map { group in
            let batch = group.first?.model.batch
            // The batch tells charts of one measure apart.
            let suffix = charts.count > 1 ? batch.map { ", \($0)" } ?? "" : ""
            return figure(
                group, against: "time", suffix: suffix, xName: "milliseconds" + (batch.map { " for \($0)" } ?? ""), xUnit: .milliseconds, isBest: \.isBestForTime,
                x: { $0.milliseconds ?? 0 }, cost: { Phrases.milliseconds($0.milliseconds) + " ms" })
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
        _ group: [Entry], against cost: String, suffix: String = "", xName: String, xUnit: Axis.Unit, isBest: (Report.Model) -> Bool, x: (Report.Model) -> Double,
        cost costText: (Report.Model) -> String
    ) -> Markup {
        let measure = group.first?.model.measure
        let title = "\(Phrases.measure(measure)) against \(cost)\(suffix)"
        let points = group.map { entry in
            let detail = "\(entry.model.name): \(Phrases.score(entry.model.score, of: measure)), \(costText(entry.model))"
            return ScatterChart.Point(
                name: entry.model.name, number: entry.number, x: x(entry.model), y: entry.model.score ?? 0, group: entry.group,
                isBest: isBest(entry.model), detail: detail)
        }
        let better = group.first?.model.isHigherBetter == false ? "lower is better" : "higher is better"
        let chart = ScatterChart(
            title: title, description: "\(points.count) models; \(better). The same numbers are in the table of models.", points: points,
            xName: Phrases.shortened(xName, to: 60), xUnit: xUnit, yUnit: Phrases.isShare(measure) ? .percent : .plain)
        let marked = "Filled: no other is as \(cost == "size" ? "small" : "fast") and better. The line of steps joins them."
        return """
            <figure class="tradeoff\(chart.isNamed ? " named" : "")">
            <h3>\(title)</h3>
            <p class="note">\(Phrases.capitalized(better)). \(points.contains(where: \.isBest) ? marked : "")</p>
            \(networks(group))
            \(chart.markup)
            \(legend(group))
            \(leftOut(measure, group, cost: cost))
            </figure>
            """
    }

    /// The marks of the networks, where there are several.
    private func networks(_ group: [Entry]) -> Markup? {
        let present = Set(group.map(\.group))
        guard present.count > 1 else { return nil }
        let items: [Markup] = catalogue.families.enumerated().filter { present.contains($0.offset) }.prefix(ScatterChart.groupStyles).map {
            "<li>\(mark($0.offset)) \($0.element.base.name) and what came of it</li>"
        }
        return "<ul class=\"networks\">\(items)</ul>"
    }

    private func mark(_ group: Int) -> Markup {
        """
        <svg viewBox="0 0 14 14" aria-hidden="true"><path class="mark g\(group % ScatterChart.groupStyles)" \
        d="\(ScatterChart.form(group, at: Spot(x: 7, y: 7)))"/></svg>
        """
    }

    /// Numbers and names, with the mark of their network.
    private func legend(_ group: [Entry]) -> Markup {
        let items: [Markup] = group.map { entry in
            "<li>\(mark(entry.group))<span class=\"number\">\(entry.number)</span> \(entry.model.name)</li>"
        }
        return "<ol class=\"legend\">\(items)</ol>"
    }

    /// Names of the models with the same measure that are not in the chart, and those without a score.
    private func leftOut(_ measure: String?, _ group: [Entry], cost: String) -> Markup? {
        let drawn = Set(group.map(\.number))
        let batch = group.first?.model.batch
        let missing = catalogue.entries.filter { entry in
            guard !drawn.contains(entry.number) else { return false }
            let isOtherMeasure = entry.model.score != nil && entry.model.measure != measure
            let isOtherBatch = cost == "time" && entry.model.milliseconds != nil && entry.model.batch != batch
            return !isOtherMeasure && !isOtherBatch
        }
        guard !missing.isEmpty else { return nil }
        let names = missing.prefix(12).map { Phrases.shortened($0.model.name, to: 60) } + (missing.count > 12 ? ["\(missing.count - 12) more"] : [])
        return "<p class=\"note\">Left out, without a score or a \(cost): \(Phrases.list(names)).</p>"
    }
}
