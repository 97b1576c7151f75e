import Foundation
import LatheTraining
import LatheWorkflows
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
        let models = ["a", "b", "a-half", "a-half-w1"].map {
            Report.Model(name: $0, run: $0, stage: $0.count == 1 ? "trained" : "packed", score: 1)
        }
        let families = catalogue(runs, models).families
        #expect(families.map { $0.entries.map(\.model.name) } == [["a", "a-half", "a-half-w1"], ["b"]])
        #expect(families.map(\.base.name) == ["a", "b"])
        #expect(families.flatMap(\.entries).map(\.number) == [1, 2, 3, 4])
    }

    @Test func runsFromOneModelThatIsNoRunBelongTogether() {
        let runs = [run("w8", .quantize, from: "hub/bert"), run("w4", .quantize, from: "hub/bert/")]
        let models = [
            Report.Model(name: "teacher", run: "w8", stage: "teacher"),
            Report.Model(name: "bert", run: "w8", stage: "before"),
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
        let base = Report.Model(name: "a", run: "a", stage: "trained", measure: "accuracy", score: 0.5, bytes: 100)
        var other = Report.Model(name: "b", run: "b", stage: "packed", measure: "accuracy", score: 0.25, bytes: 25)
        other.speedUp = .init(than: "a", ratio: 4, spread: Spread(low: 3, high: 5))
        #expect(
            Catalogue.Comparison(of: other, with: base, isRanked: true)
                == .init(scoreDifference: -0.25, bytesShare: 0.25, speedUp: other.speedUp))
        #expect(Catalogue.Comparison(of: other, with: base, isRanked: false).scoreDifference == nil)
        (other.measure, other.bytes, other.speedUp) = ("f1", nil, nil)
        #expect(Catalogue.Comparison(of: other, with: base, isRanked: true) == .init())
    }

    @Test func scoresWithinTheErrorOfTheirDifferenceAreNotBetterOrWorse() {
        var base = Report.Model(name: "a", run: "a", stage: "trained", measure: "accuracy", score: 0.9)
        var other = Report.Model(name: "b", run: "a", stage: "packed", measure: "accuracy", score: 0.885)
        (base.standardError, other.standardError) = (0.012, 0.016)
        let comparison = Catalogue.Comparison(of: other, with: base, isRanked: true)
        #expect(abs(comparison.standardError - 0.02) < 1e-12 && comparison.isWithinError)
        #expect(Phrases.difference(comparison, of: "accuracy") == "within ±2.0")
        other.score = 0.87
        let larger = Catalogue.Comparison(of: other, with: base, isRanked: true)
        #expect(!larger.isWithinError && Phrases.difference(larger, of: "accuracy") == "−3.0")
    }

    @Test func modelsOfOneNetworkWithScoresOnOtherDataHaveAGroupOfTheirOwn() {
        let runs = [
            run("a", .train, from: "vit"), run("w8", .quantize, from: "models/a"),
            run("w4", .quantize, from: "models/a"),
        ]
        let names = [
            ("a", "trained", "one"), ("a on two", "before", "two"), ("w8", "packed", "one"), ("w4", "packed", "two"),
        ]
        let models = names.map { name, stage, data in
            var model = Report.Model(
                name: name, run: stage == "before" ? "w4" : name, stage: stage, measure: "accuracy", score: 0.5)
            (model.group, model.scoredOn) = ("accuracy on " + data, SampleReport.data(data))
            return model
        }
        let groups = catalogue(runs, models).groups
        #expect(groups.map(\.title) == ["accuracy on one", "accuracy on two"] && groups.allSatisfy(\.isRanked))
        #expect(groups.map { $0.entries.map(\.model.name) } == [["a", "w8"], ["a on two", "w4"]])
        #expect(Set(groups.flatMap(\.families).map(\.style)).count == 1)
    }

    @Test func aModelWithoutAScoreIsComparedWithItsNetworksFirst() {
        let runs = [run("a", .train, from: "vit"), run("w8", .quantize, from: "models/a")]
        let models = [
            Report.Model(name: "w8", run: "w8", stage: "packed", bytes: 25),
            Report.Model(name: "a", run: "a", stage: "trained", measure: "accuracy", score: 0.5, bytes: 100),
        ]
        let groups = catalogue(runs, models).groups
        #expect(groups.map(\.measure) == ["accuracy", nil])
        #expect(
            groups.last?.families.first?.base.name == "a" && groups.last?.entries.first?.comparison?.bytesShare == 0.25)
    }
}
