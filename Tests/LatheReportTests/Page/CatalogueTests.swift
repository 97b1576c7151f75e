import Foundation
import LatheTasks
import Testing

@testable import LatheReport

@Suite struct CatalogueTests {
    private func run(_ name: String, _ kind: RunRecord.Kind, from model: String) -> Report.Run {
        let environment = RunEnvironment(version: "", system: "", isa: "", cpuFeatures: [], threads: 1, command: [])
        let record = RunRecord(kind: kind, date: Date(), seconds: 1, environment: environment, model: model)
        return .init(name: name, directory: "models/" + name, record: record, curves: [])
    }

    private func catalogue(_ runs: [Report.Run], _ models: [Report.Model]) -> Catalogue {
        Catalogue(Report(title: "", date: Date(), version: "", runs: runs, models: models, sensitivities: []))
    }

    @Test func modelsOfOneNetworkBelongTogetherOverSeveralRuns() {
        let runs = [
            run("a", .train, from: "vit"), run("b", .train, from: "vit"), run("a-half", .compress, from: "./models/a"),
            run("a-half-w1", .quantize, from: "/elsewhere/models/a-half"),
        ]
        let models = ["a", "b", "a-half", "a-half-w1"].map { Report.Model(name: $0, run: $0, stage: $0.count == 1 ? "trained" : "packed", score: 1) }
        let families = catalogue(runs, models).families
        #expect(families.map { $0.entries.map(\.model.name) } == [["a", "a-half", "a-half-w1"], ["b"]])
        #expect(families.map(\.base.name) == ["a", "b"])
        #expect(families.flatMap(\.entries).map(\.number) == [1, 2, 3, 4])
    }

    @Test func runsFromOneModelThatIsNoRunBelongTogether() {
        let runs = [run("w8", .quantize, from: "hub/bert"), run("w4", .quantize, from: "hub/bert/")]
        let models = [
            Report.Model(name: "teacher", run: "w8", stage: "teacher"), Report.Model(name: "bert", run: "w8", stage: "before"),
            Report.Model(name: "w8", run: "w8", stage: "packed"), Report.Model(name: "w4", run: "w4", stage: "packed"),
        ]
        let families = catalogue(runs, models).families
        #expect(families.map(\.base.name) == ["bert"])
        #expect(families.first?.entries.map(\.model.name) == ["bert", "teacher", "w8", "w4"])
    }

    @Test func runsThatBeganFromOneAnotherEndSomewhere() {
        let runs = [run("a", .compress, from: "models/b"), run("b", .compress, from: "models/a")]
        #expect(catalogue(runs, [Report.Model(name: "a", run: "a", stage: "packed")]).entries.count == 1)
    }

    @Test func onlyWhatIsOfOneKindIsCompared() {
        let base = Report.Model(name: "a", run: "a", stage: "trained", measure: "accuracy", score: 0.5, bytes: 100, milliseconds: 4, batch: "1 text")
        var other = Report.Model(name: "b", run: "a", stage: "packed", measure: "accuracy", score: 0.25, bytes: 25, milliseconds: 1, batch: "1 text")
        #expect(Catalogue.Comparison(of: other, with: base) == .init(scoreDifference: -0.25, bytesShare: 0.25, speedUp: 4))
        (other.measure, other.batch, other.bytes) = ("f1", "8 texts", nil)
        #expect(Catalogue.Comparison(of: other, with: base) == .init())
    }
}
