/// What was logged while a run trained, with marks where techniques began.
struct CurveSection {
    let run: Report.Run
    let limits: PageLimits

    /// Charts of a run.
    private static let largestChartCount = 12

    var markup: Markup? {
        // One value alone is no curve; the stages have it.
        let curves = run.curves.filter { curve in curve.points.count { Axis.isDrawn($0.value) } > 1 }.prefix(
            Self.largestChartCount)
        let steps = curves.flatMap { $0.points.map(\.step) } + moments.map(\.step)
        guard !curves.isEmpty, let first = steps.min(), let last = steps.max() else { return nil }
        let sorted = curves.filter { !isMinor($0) } + curves.filter(isMinor)
        let charts: [Markup] = sorted.map { figure($0, steps: first...last) }
        return """
            <h4>Training</h4>
            <div class="charts">\(charts)</div>
            \(began)
            """
    }

    private var moments: [LineChart.Mark] {
        run.record.moments.map {
            LineChart.Mark(step: $0.step, text: $0.names.map(Phrases.words).joined(separator: ", "))
        }
    }

    /// The moments in words: drawings have no room for long ones.
    private var began: Markup? {
        guard !moments.isEmpty else { return nil }
        let items: [Markup] = moments.prefix(40).map { "<li>step \($0.step): \($0.text)</li>" }
        return "<p class=\"note\">In force from</p><ul class=\"note moments\">\(items)</ul>"
    }

    /// Whether a curve is drawn small, without marks.
    private func isMinor(_ curve: Report.Curve) -> Bool { !curve.isMeasure && curve.name != "loss" }

    private func figure(_ curve: Report.Curve, steps: ClosedRange<Int>) -> Markup {
        let isMinor = isMinor(curve)
        let name = Phrases.capitalized(Phrases.words(curve.name)) + (curve.isMeasure ? ", held-back examples" : "")
        let values = curve.points.map(\.value).filter(Axis.isDrawn)
        let (least, most) = (values.min() ?? 0, values.max() ?? 0)
        let text = { Phrases.score($0, of: curve.isMeasure ? curve.name : nil) }
        let last = values.last.map { "last \(text($0))" } ?? ""
        let chart = LineChart(
            title: "\(run.name): \(name)",
            description: "\(values.count) values from \(text(least)) to \(text(most)), \(last)", curve: curve.points,
            unit: curve.isMeasure && Phrases.isShare(curve.name) ? .percent : .plain, marks: isMinor ? [] : moments,
            steps: steps,
            intervals: limits.curveIntervals, isSmoothed: curve.name != "learning_rate", height: isMinor ? 140 : 200)
        return
            "<figure class=\"\(isMinor ? "minor" : "")\"><figcaption>\(name) <span class=\"note\">\(last)</span></figcaption>\(chart.markup)</figure>"
    }
}
