import Foundation
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@testable import LatheReport

@Suite("Reading runs into a report")
struct ReportReaderTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    /// Writes the record of a run that measured these stages.
    private func run(
        _ folder: String, _ stages: [RunRecord.Stage], _ kind: RunRecord.Kind = .compress, model: String = "",
        at date: Double = 0,
        change: (inout RunRecord) -> Void = { _ in }
    ) throws {
        let environment = RunEnvironment(
            version: "0.1", system: "Linux", isa: "portable", cpuFeatures: [], threads: 1, command: ["lathe"])
        var record = RunRecord(
            kind: kind, date: Date(timeIntervalSince1970: date), seconds: 1, environment: environment,
            model: models.path(model))
        (record.stages, record.batch, record.scoredOn) = (stages, "8 texts", SampleReport.data("dev.tsv"))
        change(&record)
        try models.makeDirectory(folder)
        try record.write(into: models.path(folder))
    }

    /// - Parameter ratio: its time divided by the last stage's.
    private func stage(_ name: String, _ score: Double, bytes: Int? = nil, ms: Double? = nil, ratio: Double? = nil)
        -> RunRecord.Stage
    {
        var stage = RunRecord.Stage(
            name: name, evaluation: Evaluation([.init("accuracy", score)], primary: "accuracy"), parameters: 10,
            bytes: bytes, milliseconds: ms)
        stage.timeRatio = ratio.map { InterleavedTimes.Ratio([$0, $0]) }
        return stage
    }

    private func read(_ folders: String...) throws -> Report {
        try ReportReader(folders.map { models.path($0) }).read()
    }

    private func log(_ folder: String, steps: Int, isFinished: Bool = true) throws {
        let lines =
            [
                #"{"event":"start","task":"t","examples":3,"options":{"epochs":1},"parameters":5,"total_steps":\#(steps)}"#
            ]
            + (1...steps).map {
                #"{"event":"step","step":\#($0),"epoch":1,"loss":\#($0),"learning_rate":0.1,"gradient_norm":1,"seconds":1,"examples_per_second":8}"#
            }
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

    @Test(
        "A model that several runs began from or learned from is one, and it is the one that a run of the report has made"
    )
    func shared() throws {
        try run("r/teacher", [stage("trained", 0.9, bytes: 400)], .train, at: 1)
        let teacher = stage("before", 0.9, bytes: 400, ms: 8, ratio: 2.5)
        try run(
            "r/w8", [teacher, stage("student", 0.88), stage("packed", 0.88, bytes: 100, ms: 4)], model: "r/teacher",
            at: 2)
        try run(
            "r/w1", [stage("teacher", 0.9, bytes: 400, ms: 16, ratio: 3), stage("packed", 0.8, bytes: 20, ms: 5)], at: 3
        ) {
            $0.teacher = models.path("r/teacher")
        }
        let report = try read("r")
        #expect(report.models.map(\.name) == ["teacher", "w8", "w1"])
        #expect(report.models.map(\.stage) == ["trained", "packed", "packed"])
        #expect(report.models[0].milliseconds == 8 && report.models[0].batch == "8 texts")
        #expect(report.models.map(\.isBestForSize) == [true, true, true])
        // Times of different runs are divided nowhere, and have no marks.
        #expect(report.models.map(\.speedUp?.ratio) == [nil, 2.5, 3] && report.models[2].speedUp?.than == "teacher")
        #expect(report.models.map(\.timedIn) == ["w8", "w8", "w1"])
        #expect(report.models.map(\.isBestForTime) == [false, false, false])
    }

    @Test("A teacher that no run of the report has made is a model by its own name, before what was made of it")
    func foreign() throws {
        for (index, name) in ["one", "two"].enumerated() {
            try run(
                "r/\(name)", [stage("teacher", 0.9, bytes: 400), stage("packed", 0.9, bytes: 100)], at: Double(index)
            ) { $0.teacher = "/elsewhere/big" }
        }
        let report = try read("r")
        #expect(report.models.map(\.name) == ["big", "one", "two"])
        #expect(report.models.map(\.isBestForSize) == [false, true, true])
        #expect(report.models[0].run == "one")
    }

    @Test("Scores on other files are not ranked together, and a model that is scored on both is in both groups")
    func otherData() throws {
        try run("r/teacher", [stage("trained", 0.9, bytes: 400)], .train, at: 1)
        try run(
            "r/w8", [stage("before", 0.9, bytes: 400), stage("packed", 0.88, bytes: 100)], model: "r/teacher", at: 2)
        try run("r/w4", [stage("before", 0.7, bytes: 400), stage("packed", 0.6, bytes: 50)], model: "r/teacher", at: 3)
        {
            ($0.task, $0.scoredOn) = ("sst2", SampleReport.data("hard.tsv"))
        }
        let report = try read("r")
        #expect(report.models.map(\.name) == ["teacher", "w8", "teacher on hard.tsv", "w4"])
        #expect(
            report.models.map(\.group) == [
                "accuracy on dev.tsv", "accuracy on dev.tsv", "sst2: accuracy on hard.tsv",
                "sst2: accuracy on hard.tsv",
            ])
        #expect(report.models.map(\.isBestForSize) == [true, true, true, true])
    }

    @Test("Files of one name with other content are other data")
    func sameName() throws {
        for (index, digest) in ["aaaaaaaaaa", "bbbbbbbbbb"].enumerated() {
            try run("r/\(index)", [stage("trained", 0.5, bytes: index + 1)], .train, at: Double(index)) {
                $0.scoredOn = ScoredData(files: [.init(path: "dev.tsv", digest: digest)])
            }
        }
        let report = try read("r")
        #expect(report.models.map(\.group) == ["accuracy on dev.tsv [aaaaaaaa]", "accuracy on dev.tsv [bbbbbbbb]"])
        #expect(report.models.map(\.isBestForSize) == [true, true])
    }

    @Test(
        "Runs of earlier versions, whose records have no data and no ratios, are not ranked; the built-in digits are known"
    )
    func earlier() throws {
        for (index, name) in ["one", "two"].enumerated() {
            try run(
                "r/\(name)",
                [stage("before", 0.9, bytes: 400, ms: 8), stage("packed", 0.8, bytes: 100 + index, ms: 2)],
                at: Double(index)
            ) {
                $0.scoredOn = nil
            }
        }
        var report = try read("r")
        #expect(
            report.models.allSatisfy {
                !$0.isBestForSize && !$0.isBestForTime && $0.speedUp == nil && $0.timedIn == nil
            })
        #expect(Set(report.models.map(\.group)) == ["accuracy on unknown files"])
        try run("d/one", [stage("trained", 0.9, bytes: 400)], .train) { ($0.scoredOn, $0.task) = (nil, "digits") }
        try run("d/two", [stage("trained", 0.8, bytes: 500)], .train) { ($0.scoredOn, $0.task) = (.digits, "digits") }
        report = try read("d")
        #expect(report.models.map(\.isBestForSize) == [true, false] && Set(report.models.map(\.group)).count == 1)
    }

    @Test("Measuring times all models in turn, those without a score too, and says which cannot be opened")
    func measuring() throws {
        try models.bert("r/teacher")
        try models.bert("r/half") { $0.encoder.layerCount = 1 }
        try models.bert("r/unscored")
        try run("r/teacher", [stage("trained", 0.9, bytes: 400)], .train, at: 1)
        try run(
            "r/half", [stage("before", 0.9, bytes: 400, ms: 8, ratio: 9), stage("packed", 0.88, bytes: 100, ms: 4)],
            model: "r/teacher", at: 2)
        try run(
            "r/gone", [stage("before", 0.9, bytes: 400), stage("packed", 0.8, bytes: 20)], model: "r/teacher", at: 3)
        try run("r/unscored", [.init(name: "before"), .init(name: "packed", bytes: 30)], model: "r/teacher", at: 4)
        var reader = ReportReader([models.path("r")]), rounds = 0
        reader.measures = true
        let report = try reader.read { rounds = $0 }
        #expect(rounds >= ReportReader.fewestRounds && report.measurement?.rounds == rounds)
        #expect(report.models.map(\.name) == ["teacher", "half", "gone", "unscored"])
        #expect(report.models.map { $0.milliseconds != nil } == [true, true, false, true])
        #expect(report.models[2].timingProblem?.contains("r/gone") == true && report.models[2].timedIn == nil)
        #expect(report.models.map(\.speedUp?.than) == [nil, "teacher", nil, "teacher"])
        // The run's own times are replaced everywhere.
        let half = try #require(report.runs.first { $0.name == "half" }?.record)
        #expect(half.stages.map(\.milliseconds) == [report.models[0].milliseconds, report.models[1].milliseconds])
        #expect(half.stages[0].timeRatio?.median == report.models[1].speedUp?.ratio && half.stages[1].timeRatio == nil)
        #expect(
            report.models[1].milliseconds != 4 && report.models[1].timedIn == "report"
                && report.models[1].batch == "8 texts of 24 tokens")
    }

    @Test(
        "Times are compared where they were taken in turn on one batch, scores within a measure, and lower is better where it is"
    )
    func frontiers() {
        func model(_ score: Double, _ bytes: Int, _ ms: Double, batch: String = "a", measure: String = "perplexity")
            -> Report.Model
        {
            var model = Report.Model(
                name: "", run: "", stage: "", measure: measure, score: score, isHigherBetter: false, bytes: bytes,
                milliseconds: ms, batch: batch)
            model.timedIn = "report"
            return model
        }
        var models = [
            model(10, 100, 5), model(12, 100, 6), model(12, 50, 6, batch: "b"), model(30, 200, 9, measure: "loss"),
            model(.nan, 1, 1),
        ]
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [true, false, true, true, false])
        #expect(models.map(\.isBestForTime) == [true, false, true, true, false])
        models[1].timedIn = "another"
        Frontier.mark(&models)
        #expect(models.map(\.isBestForTime) == [false, false, true, true, false])
    }

    @Test("Of two models that score the same within the error, the smaller one is the best for its size")
    func withinError() {
        var models = [(0.9, 400), (0.895, 100), (0.85, 50)].map { score, bytes in
            Report.Model(name: "", run: "", stage: "", measure: "accuracy", score: score, bytes: bytes)
        }
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [true, true, true])
        for index in models.indices { models[index].standardError = 0.01 }
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [false, true, true])
        // Each equals the next, but the first is better than the last.
        for (index, score) in [0.9, 0.89, 0.88].enumerated() { models[index].score = score }
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [true, false, true])
    }

    @Test("Models of one size and one score are both the best")
    func ties() {
        var models = [(0.9, 10), (0.9, 10), (0.8, 10), (0.9, 20)].map { score, bytes in
            Report.Model(name: "", run: "", stage: "", measure: "accuracy", score: score, bytes: bytes)
        }
        Frontier.mark(&models)
        #expect(models.map(\.isBestForSize) == [true, true, false, false])
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
        #expect(
            run.record.notes == ["this run has not come to its end: it is at step 5 of 5; only its curves are known"])
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
