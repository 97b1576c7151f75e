import Foundation
import LatheTasks
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
        #expect(PageReader(SampleReport.plain).text.contains("encoder-w1a8: accuracy 97.2% (−1.1) at 4.1% of the bytes, 2.00 times as fast as encoder."))
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
        report.models.append(.init(name: "untimed", run: "encoder", stage: "packed", measure: "accuracy", score: 0.9, bytes: 10))
        #expect(PageReader(report).text.contains("Left out, without a score or a time: untimed."))
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
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        if name.count == 2, name.hasPrefix("h"), let level = Int(name.dropFirst()) { headings.append(level) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
