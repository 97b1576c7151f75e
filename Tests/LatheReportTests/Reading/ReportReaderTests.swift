import Foundation
import LatheTasks
import LatheTestModels
import Testing

@testable import LatheReport

@Suite("Reading runs into a report")
struct ReportReaderTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    /// Writes the record of a run that measured these stages.
    private func run(
        _ folder: String, _ stages: [RunRecord.Stage], _ kind: RunRecord.Kind = .compress, model: String = "", at date: Double = 0,
        change: (inout RunRecord) -> Void = { _ in }
    ) throws {
        let environment = RunEnvironment(version: "0.1", system: "Linux", isa: "portable", cpuFeatures: [], threads: 1, command: ["lathe"])
        var record = RunRecord(kind: kind, date: Date(timeIntervalSince1970: date), seconds: 1, environment: environment, model: models.path(model))
        (record.stages, record.batch) = (stages, "8 texts")
        change(&record)
        try models.makeDirectory(folder)
        try record.write(into: models.path(folder))
    }

    private func stage(_ name: String, _ score: Double, bytes: Int? = nil, ms: Double? = nil) -> RunRecord.Stage {
        .init(name: name, evaluation: Evaluation([.init("accuracy", score)], primary: "accuracy"), parameters: 10, bytes: bytes, milliseconds: ms)
    }

    private func read(_ folders: String...) throws -> Report { try ReportReader(folders.map { models.path($0) }).read() }

    private func log(_ folder: String, steps: Int, isFinished: Bool = true) throws {
        let lines = [#"{"event":"start","task":"t","examples":3,"options":{"epochs":1},"parameters":5,"total_steps":\#(steps)}"#]
            + (1...steps).map { #"{"event":"step","step":\#($0),"epoch":1,"loss":\#($0),"learning_rate":0.1,"gradient_norm":1,"seconds":1,"examples_per_second":8}"# }
            + (isFinished ? [#"{"event":"end","step":\#(steps),"best_step":null,"metrics":null,"seconds":2}"#] : [])
        try models.file(folder + "/training.jsonl", lines.map { $0 + "\n" }.joined())
    }

    @Test("Runs are found below a directory, in the order in which they ended, under names of their own")
    func found() throws {
        try run("a/x/small", [], at: 20)
        try run("a/small", [], at: 10)
        try run("a/b/c/other", [], at: 30)
        try run("a/b/c/d/tooDeep", [], at: 40)
        try run("a/.hidden/run", [], at: 50)
        let report = try read("a", "a/small")
        #expect(report.runs.map(\.name) == ["a/small", "x/small", "other"])
        #expect(report.title.hasSuffix("a, small: 3 runs"), "\(report.title)")
        #expect(try read("a/b/c/other").title == "other")
    }

    @Test("A model that several runs began from or learned from is one, and it is the one that a run of the report has made")
    func shared() throws {
        try run("r/teacher", [stage("trained", 0.9, bytes: 400)], .train, at: 1)
        try run("r/w8", [stage("before", 0.9, bytes: 400, ms: 8), stage("student", 0.88), stage("packed", 0.88, bytes: 100, ms: 4)], model: "r/teacher", at: 2)
        try run("r/w1", [stage("teacher", 0.9, bytes: 400, ms: 8), stage("packed", 0.8, bytes: 20, ms: 5)], at: 3) { $0.teacher = models.path("r/teacher") }
        let report = try read("r")
        #expect(report.models.map(\.name) == ["teacher", "w8", "w1"])
        #expect(report.models.map(\.stage) == ["trained", "packed", "packed"])
        #expect(report.models[0].milliseconds == 8 && report.models[0].batch == "8 texts")
        #expect(report.models.map(\.isBestForSize) == [true, true, true])
        // The smallest is slower than a better one.
        #expect(report.models.map(\.isBestForTime) == [true, true, false])
    }

    @Test("A teacher that no run of the report has made is a model by its own name, before what was made of it")
    func foreign() throws {
        for (index, name) in ["one", "two"].enumerated() {
            try run("r/\(name)", [stage("teacher", 0.9, bytes: 400), stage("packed", 0.9, bytes: 100)], at: Double(index)) { $0.teacher = "/elsewhere/big" }
        }
        let report = try read("r")
        #expect(report.models.map(\.name) == ["big", "one", "two"])
        #expect(report.models.map(\.isBestForSize) == [false, true, true])
        #expect(report.models[0].run == "one")
    }

    @Test("Times are compared within a batch, scores within a measure, and lower is better where it is")
    func frontiers() {
        func model(_ score: Double, _ bytes: Int, _ ms: Double, batch: String = "a", measure: String = "perplexity") -> Report.Model {
            .init(name: "", run: "", stage: "", measure: measure, score: score, isHigherBetter: false, bytes: bytes, milliseconds: ms, batch: batch)
        }
        var models = [model(10, 100, 5), model(12, 100, 6), model(12, 50, 6, batch: "b"), model(30, 200, 9, measure: "loss"), model(.nan, 1, 1)]
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [true, false, true, true, false])
        #expect(models.map(\.isBestForTime) == [true, false, true, true, false])
    }

    @Test("Curves are thinned to the means of neighbours, and a compression's log lies in its folder training")
    func curves() throws {
        try run("r", [])
        try log("r/training", steps: 1000)
        let loss = try #require(try read("r").runs[0].curves.first { $0.name == "loss" })
        #expect(loss.points.count == 334 && !loss.isMeasure)
        #expect(loss.points[0].step == 3 && abs(loss.points[0].value - 2) < 1e-9 && loss.points[333].step == 1000)
    }

    @Test("A run that goes on, or was killed, shows its curves and says so")
    func unfinished() throws {
        try log("r/half", steps: 5, isFinished: false)
        let run = try #require(try read("r").runs.first)
        #expect(run.curves.map(\.name) == ["loss", "learning_rate", "gradient_norm"])
        #expect(run.record.notes == ["this run has not come to its end: it is at step 5 of 5; only its curves are known"])
        #expect(run.record.options == [.init("epochs", "1")])
    }

    @Test("Where there is nothing to report, the message names the directory; a broken file is named")
    func problems() throws {
        try models.makeDirectory("empty")
        #expect(throws: ReportError.noRuns(directory: models.path("empty"))) { try read("empty") }
        #expect(throws: ReportError.noDirectory(models.path("none"))) { try read("none") }
        try models.file("broken/lathe.json", "{")
        #expect(throws: RunRecordError.self) { try read("broken") }
        try run("good", [])
        var reader = ReportReader([models.path("good")])
        reader.sensitivities = [try models.file("table.json", "{}")]
        #expect(throws: (any Error).self) { try reader.read() }
    }
}
