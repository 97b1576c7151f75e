/// A report as one HTML file that needs nothing else: no network, no script, and drawings that are part of it.
public struct ReportPage {
    /// The commands by which a reader of the page gets what it lacks, as a program calls them.
    public struct Commands: Sendable {
        let measure: String
        let sensitivity: String

        /// - Parameters:
        ///   - measure: times all models in turn.
        ///   - sensitivity: measures the sensitivity of layers.
        public init(measure: String, sensitivity: String) { (self.measure, self.sensitivity) = (measure, sensitivity) }
    }

    private let report: Report
    private let commands: Commands?

    /// - Parameters:
    ///   - report: the content of the page.
    ///   - commands: the commands that the page suggests; `nil` for none.
    public init(_ report: Report, commands: Commands? = nil) { (self.report, self.commands) = (report, commands) }

    /// The page. It is well-formed XML too. Text from the report is shown as it is, markup in it included; what cannot
    /// be drawn (a NaN, a negative size) is left out.
    public var html: String {
        let catalogue = Catalogue(report), limits = PageLimits(runCount: report.runs.count)
        let title = report.title.isEmpty ? "Lathe report" : report.title
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="Lathe \(report.version)"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
            <link rel="icon" href="data:,"/>
            <title>\(title)</title>
            <style>\(Style.text)</style>
            </head>
            <body>
            <main>
            \(HeaderSection(report: report, title: title, catalogue: catalogue).markup)
            \(ContentsSection(report: report).markup)
            \(TradeOffSection(catalogue: catalogue, commands: commands).markup)
            \(ModelSection(report: report, catalogue: catalogue, commands: commands).markup)
            \(SensitivitySection(
                sensitivities: report.sensitivities, hasRuns: !report.runs.isEmpty, commands: commands
            ).markup)
            \(runs(limits))
            </main>
            </body>
            </html>

            """
        return page.text
    }

    private func runs(_ limits: PageLimits) -> Markup? {
        guard !report.runs.isEmpty else { return nil }
        let sections = report.runs.enumerated().map { index, run in
            RunSection(
                run: run, number: index + 1, models: report.models.filter { $0.run == run.name }, limits: limits,
                isOpen: report.runs.count == 1,
                ranksByError: report.sensitivities.isEmpty
            ).markup
        }
        return """
            <section id="runs">
            <h2>\(report.runs.count == 1 ? "The run" : "The runs")</h2>
            \(sections)
            </section>
            """
    }
}

extension ReportPage.Commands {
    /// A sentence on how to compare the times of all models.
    var timing: String { " \(measure) times all models in turn." }
}
