/// Links to the runs, where there are several.
struct ContentsSection {
    let report: Report

    var markup: Markup? {
        guard report.runs.count > 1 else { return nil }
        let items: [Markup] = report.runs.indices.map {
            "<li><a href=\"#run-\($0 + 1)\">\(report.runs[$0].name)</a></li>"
        }
        return """
            <nav aria-label="Contents">
            <p><a href="#tradeoff">Score, size and time</a> · <a href="#models">Models</a> · <a href="#sensitivity">Sensitive layers</a> · \
            <a href="#runs">Runs</a>:</p>
            <ol>\(items)</ol>
            </nav>
            """
    }
}
