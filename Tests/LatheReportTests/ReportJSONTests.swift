import Foundation
import LatheReport
import LatheTraining
import LatheWorkflows
import Testing

@Suite struct ReportJSONTests {
    @Test func aReportSurvivesBeingWrittenAndRead() throws {
        let environment = RunEnvironment(
            version: "0.1", system: "Linux", isa: "portable", cpuFeatures: [], threads: 1, command: ["lathe"])
        var record = RunRecord(
            kind: .train, date: Date(timeIntervalSince1970: 1_800_000_000), seconds: 2, environment: environment,
            model: "resnet8")
        record.stages = [
            .init(name: "trained", evaluation: Evaluation([.init("accuracy", 0.5)], primary: "accuracy"), bytes: 10)
        ]
        let run = Report.Run(
            name: "a", directory: "a", record: record,
            curves: [.init(name: "loss", isMeasure: false, points: [.init(step: 1, value: 3)])])
        let report = Report(title: "a", date: record.date, version: "0.1", runs: [run], models: [], sensitivities: [])
        #expect(try JSONDecoder().decode(Report.self, from: JSONEncoder().encode(report)) == report)
    }
}
