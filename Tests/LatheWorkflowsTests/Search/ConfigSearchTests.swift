import Foundation
import LatheFiles
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Searching a config")
struct ConfigSearchTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func search(_ goal: ConfigSearch.Goal) -> ConfigSearch {
        var data = CalibrationData(.text(runs.models.path("train.tsv"), task: .glue(.sst2)))
        data.sampleCount = 12
        var analysis = SensitivityAnalysis(data)
        analysis.choices = [8, 4, 2, 1].map { WeightChoice(bits: $0) }
        return ConfigSearch(model: runs.models.path("bert"), analysis, goal: goal)
    }

    /// What `lathe quantize` writes by a config.
    private func quantized(_ config: JSONValue, to output: String) throws -> PostTrainingQuantization.Summary {
        let settings = try DeepSpeedConfig(json: config, file: "c.json")
        return try PostTrainingQuantization(
            model: runs.models.path("bert"), config: settings, configFile: "c.json", output: runs.models.path(output)
        ).run()
    }

    @Test("The config parses, and gives the promised bytes within the budget")
    func size() throws {
        let model = try runs.open("bert"), most = 3 * model.network.parameterCount
        let summary = try search(.bytes(most)).run()
        #expect(summary.proposal.byteCount <= most)
        #expect(try quantized(summary.proposal.config, to: "out").byteCount == summary.proposal.byteCount)
        #expect(summary.bytesBefore == 4 * model.network.parameterCount)
        #expect(Set(summary.proposal.choices).count > 1)
    }

    @Test("A larger budget does no more damage")
    func monotone() throws {
        let small = try search(.share(0.75)).run().proposal, large = try search(.share(1)).run().proposal
        #expect(large.damage.divergence <= small.damage.divergence + 1e-6)
        #expect(large.byteCount >= small.byteCount)
    }

    @Test(
        "A round brings the whole network nearer to the original, by samples that it was not chosen by, within the budget"
    )
    func refined() throws {
        let model = try runs.open("bert"), calibration = search(.share(1)).analysis.calibration
        let units = WeightUnit.all(in: model.network, by: .layer), probe = try calibration.probe(for: model),
            witness = try calibration.between.probe(for: model)
        [probe, witness].forEach { $0.keepReference() }
        let network = WholeNetwork(units, WeightRounding(groupCount: 1), probe, witness: witness)
        defer { network.restore() }
        let candidates = units.map { _ in [WeightChoice(bits: 8), WeightChoice(bits: 4), WeightChoice(bits: 2)] }
        let options = units.map { unit in
            [8, 4, 2].map { ByteBudget.Option(byteCount: $0 * unit.parameterCount, cost: 1 / Double($0)) }
        }
        func damage(_ choices: [Int]) -> Double {
            network.set(zip(candidates, choices).map { $0[$1] })
            return network.witnessedQualityLoss()
        }
        let start = units.map { _ in 1 }, budget = ByteBudget(options).byteCount(of: start)
        let refiner = ProposalRefiner(candidates: candidates, options: options, network: network)
        let better = refiner.refined(start, budget: budget, rounds: 3) { _, _, _ in }
        #expect(ByteBudget(options).byteCount(of: better) <= budget)
        #expect(better != start)
        #expect(damage(better) < damage(start))
    }

    @Test("After a search the network is what it was")
    func restored() throws {
        let model = try runs.open("bert"), before = CompressionRuns.outputs(model).floatArray,
            calibration = search(.share(1)).analysis.calibration
        let probe = try calibration.probe(for: model)
        let network = WholeNetwork(
            WeightUnit.all(in: model.network, by: .block), WeightRounding(groupCount: 1), probe, witness: probe)
        network.set(network.units.map { _ in WeightChoice(bits: 2) })
        #expect(CompressionRuns.outputs(model).floatArray != before)
        network.restore()
        #expect(CompressionRuns.outputs(model).floatArray == before)
        #expect(model.activationSchemes.isEmpty)
    }

    @Test("A drop of nothing keeps every answer; more is smaller")
    func drop() throws {
        var search = search(.drop(points: 0))
        search.evaluation = ModelEvaluation(model: "", task: .glue(.sst2), files: [runs.models.path("dev.tsv")])
        let none = try search.run()
        #expect((none.drop ?? 1) <= 0)
        search.goal = .drop(points: 100)
        let all = try search.run()
        #expect(all.proposal.byteCount <= none.proposal.byteCount)
        #expect(all.before == none.before)
    }

    @Test("A table is used again, and one of another model refused")
    func table() throws {
        var search = search(.share(0.8))
        let first = try search.run()
        search.table = (first.table, "table.json")
        search.analysis.choices = []
        #expect(try search.run().proposal.config == first.proposal.config)
        try runs.models.bert("small", labels: ["negative", "positive"]) { $0.encoder.layerCount = 1 }
        search.model = runs.models.path("small")
        let error = #expect(throws: SearchError.self) { try search.run() }
        #expect(error.map { "\($0)" }?.hasPrefix("table.json: is a table of another model") == true)
    }

    @Test("A size that no choice gives is refused, with the smallest that there is")
    func outOfReach() throws {
        let error = #expect(throws: SearchError.self) { try search(.bytes(100)).run() }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.hasPrefix("a file of 100 bytes is out of reach: the smallest that these choices give has "))
    }

    @Test("Each path of a proposal is a pattern that hits it alone")
    func patterns() throws {
        let layers = [("a.b", WeightChoice(bits: 4)), ("a.b.c", WeightChoice(bits: 2, density: 0.5)), ("axb", .float)]
        let config = try ProposedConfig(
            layers.map { (path: $0.0, choice: $0.1) }, rounding: WeightRounding(groupCount: 2), readers: ["a.b"]
        ).compression()
        #expect(config.weightQuantization.groups.map(\.name) == ["w4", "w2"])
        #expect(
            config.weightQuantization.groups.map { group in
                layers.map(\.0).filter { group.scope.patterns[0].matches($0) }
            } == [["a.b"], ["a.b.c"]])
        #expect(config.activationQuantization.groups.flatMap(\.scope.patterns).map(\.source) == [#"^a\.b$"#])
        #expect(config.sparsePruning.groups.map(\.parameters.ratio) == [0.5])
        #expect(config.enabledTechniques == [.weightQuantization, .activationQuantization, .sparsePruning])
    }
}
