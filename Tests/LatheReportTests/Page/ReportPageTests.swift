import Foundation
import LatheWorkflows
import Testing

@testable import LatheReport

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ReportPageTests {
    @Test func thePageIsWellFormed() {
        #expect(PageReader(SampleReport.plain).error == nil)
    }

    @Test func everyRunModelAndLayerIsNamed() {
        let report = SampleReport.plain, text = PageReader(report).text
        for run in report.runs { #expect(text.contains(run.name)) }
        for model in report.models { #expect(text.contains(model.name)) }
        for layer in report.runs.flatMap(\.record.layers) { #expect(text.contains(layer.path)) }
    }

    @Test func theResultIsASentence() {
        #expect(
            PageReader(SampleReport.plain).text.contains(
                "encoder-w1a8: accuracy 97.2% (−1.1) at 4.1% of the bytes, 2.00 times as fast as encoder."))
    }

    @Test func nothingIsLoaded() {
        let html = ReportPage(SampleReport.plain).html
        for word in ["src=", "@import", "url(", "http://", "https://"] {
            #expect(!html.replacingOccurrences(of: "http://www.w3.org/1999/xhtml", with: "").contains(word))
        }
    }

    @Test func headingsAreInOrder() {
        let levels = PageReader(SampleReport.plain).headings
        #expect(levels.first == 1)
        #expect(levels.filter { $0 == 1 }.count == 1)
        for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1) }
    }

    @Test func everyDrawingHasATitleAndADescription() {
        let html = ReportPage(SampleReport.plain).html
        #expect(html.components(separatedBy: "role=\"img\"").count == html.components(separatedBy: "<desc>").count)
    }

    @Test func anEmptyReportIsAPage() {
        let reader = PageReader(Report(title: "", date: Date(), version: "", runs: [], models: [], sensitivities: []))
        #expect(reader.error == nil)
        #expect(reader.text.contains("Lathe report"))
    }

    @Test func hostileTextIsShownAndDoesNothing() {
        let reader = PageReader(SampleReport.hostile)
        #expect(reader.error == nil)
        #expect(reader.elements["script"] == nil)
        #expect(reader.elements["style"] == 1)
        #expect(reader.text.contains("<script>alert(1)</script>"))
        #expect(!ReportPage(SampleReport.hostile).html.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{1B}" })
    }

    @Test func modelsWithoutAScoreOrATimeAreNamedAsLeftOut() {
        var report = SampleReport.plain
        var untimed = Report.Model(
            name: "untimed", run: "encoder", stage: "packed", measure: "accuracy", score: 0.9, bytes: 10)
        (untimed.group, untimed.scoredOn) = (report.models[0].group, report.models[0].scoredOn)
        report.models.append(untimed)
        #expect(PageReader(report).text.contains("Left out, without a score or a time: untimed."))
    }

    @Test func aDifferenceWithinTheErrorHasNoSign() {
        var report = SampleReport.plain
        for index in report.models.indices { report.models[index].standardError = 0.01 }
        let text = PageReader(report).text
        #expect(text.contains("encoder-w1a8: accuracy 97.2% (within ±1.4 of encoder) at 4.1% of the bytes"))
        #expect(text.contains("98.3% ± 1.0") && !text.contains("−1.1"))
    }

    @Test func examplesTimesAndTheMachineAreShown() {
        var report = SampleReport.plain
        let environment = RunEnvironment(
            version: "1", system: "Linux 6.1 x86_64", isa: "avx2", cpuFeatures: [], threads: 2,
            processor: "AMD EPYC 9B45", command: [])
        report.measurement = .init(environment: environment, rounds: 31)
        let text = PageReader(report).text
        for part in [
            "n = 872 examples", "16.00 (7.50–17.00)", "2.00× (1.90–2.25)",
            "31 rounds, on AMD EPYC 9B45, avx2 kernels, 2 threads, Linux 6.1 x86_64.",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func timesOfDifferentRunsHaveNoChart() {
        let charts = { (report: Report) in ReportPage(report).html.components(separatedBy: "against time").count }
        var report = SampleReport.plain
        #expect(charts(report) > 1)
        report.models[1].timedIn = "another run"
        #expect(PageReader(report).text.contains("Times have no chart"))
        #expect(charts(report) == 1)
        #expect(PageReader(report).text.contains("times of different runs are not comparable"))
    }

    @Test func scoresOnOtherFilesAreShownApart() {
        var report = SampleReport.plain
        (report.models[1].group, report.models[1].scoredOn) = (
            "sst2: accuracy on other.tsv", SampleReport.data("other.tsv")
        )
        let reader = PageReader(report)
        #expect(
            reader.error == nil && reader.text.contains("sst2: accuracy on dev.tsv")
                && reader.text.contains("sst2: accuracy on other.tsv"))
        #expect(!reader.text.contains("−1.1"))
    }

    @Test func scoresOnUnknownFilesAreNotCompared() {
        var report = SampleReport.plain
        for index in report.models.indices { report.models[index].scoredOn = nil }
        let text = PageReader(report).text
        #expect(
            text.contains("do not say which files") && !text.contains("−1.1") && !text.contains("Accuracy against size")
        )
    }

    @Test func fiftyRunsOfTwoHundredLayersStaySmall() {
        let html = ReportPage(SampleReport.large).html
        #expect(html.utf8.count < 3_000_000)
        #expect(html.contains("more layers are in the JSON"))
    }
}

/// The page as an XML parser reads it.
private final class PageReader: NSObject, XMLParserDelegate {
    private(set) var text = ""
    private(set) var elements: [String: Int] = [:]
    private(set) var headings: [Int] = []
    private(set) var error: (any Error)?

    init(_ report: Report) {
        super.init()
        let parser = XMLParser(data: Data(ReportPage(report).html.utf8))
        parser.delegate = self
        if !parser.parse() { error = parser.parserError ?? CocoaError(.fileReadCorruptFile) }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        if name.count == 2, name.hasPrefix("h"), let level = Int(name.dropFirst()) { headings.append(level) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
