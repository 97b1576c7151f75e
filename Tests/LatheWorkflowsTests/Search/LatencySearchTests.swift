import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Searching for a latency")
struct LatencySearchTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func search(_ share: Double, _ model: String = "bert", _ source: CalibrationData.Source? = nil)
        -> LatencySearch
    {
        var data = CalibrationData(source ?? .text(runs.models.path("train.tsv"), task: .glue(.sst2)))
        data.sampleCount = 8
        var search = LatencySearch(model: runs.models.path(model), data, share: share)
        search.repeats = 1
        return search
    }

    @Test(
        "A share that no pruning reaches is tried down to the fewest rows, in a config that quantises and prunes",
        arguments: ["bert", "images"])
    func outOfReach(model: String) throws {
        if model == "images" { try runs.models.digits("images", hasBatchNorm: true) }
        var proposals: [LatencySearch.Proposal] = []
        let search = search(1e-9, model, model == "images" ? .digits : nil)
        let error = #expect(throws: SearchError.self) { try search.run { proposals.append($0) } }
        #expect(error.map { "\($0)" }?.contains("with 1/16 of the rows take more") == true)
        #expect(proposals.map(\.kept) == [1, 0.5, 0.25, 0.125, 0.0625])
        #expect(zip(proposals, proposals.dropFirst()).allSatisfy { $0.byteCount >= $1.byteCount })
        let config = try DeepSpeedConfig(json: proposals[1].config, file: "c.json").compression
        #expect(
            config.enabledTechniques == [
                .weightQuantization, .activationQuantization, model == "images" ? .channelPruning : .rowPruning,
            ])
    }

    @Test("What is quick enough with 8 bits keeps every row")
    func reached() throws {
        let summary = try search(1e9).run()
        #expect(summary.proposal.kept == 1)
        #expect(summary.proposal.damage.divergence < 0.01)
        #expect(summary.bytesBefore == 4 * (try runs.open("bert").network.parameterCount))
    }
}
