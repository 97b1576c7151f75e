import Foundation
import LatheFiles
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("What training did not reach is not done")
struct UnreachedScheduleTests {
    private let runs: CompressionRuns
    private static let query = "bert.encoder.layer.0.attention.self.query.weight"

    init() throws { runs = try CompressionRuns() }

    /// A run of four steps.
    private func run(_ sections: [ConfigSection], _ kind: CompressionRuns.Kind = .bert, packs: Bool = false) throws
        -> CompressionRequest.Summary
    {
        var request = try runs.request(sections, kind, steps: 4)
        request.packs = packs
        return try request.run()
    }

    private func run(moq shared: JSONValue = [:], start: Int, target: Int, period: Int, packs: Bool = false) throws
        -> CompressionRequest.Summary
    {
        let own: JSONValue = ["enabled": true, "schedule_offset": 0, "quantize_groups": 1]
        let params: JSONValue = [
            "start_bits": .integer(start), "target_bits": .integer(target), "quantization_period": .integer(period),
        ]
        let section: JSONValue = [
            "shared_parameters": .object((own.object ?? []) + (shared.object ?? [])),
            "different_groups": ["a": ["params": params, "modules": ["query"]]],
        ]
        var request = try runs.request([.weights(8, ["query"])], steps: 4)
        request.packs = packs
        request.config = try DeepSpeedConfig(
            json: ["compression_training": ["weight_quantization": section]], file: "c.json")
        return try request.run()
    }

    /// The saved model is the student that was measured.
    private func expectSame(_ summary: CompressionRequest.Summary) throws {
        #expect(summary.largestDifference < 1e-6)
        let scores = summary.stages.filter { $0.kind != .before }.map(\.evaluation)
        #expect(Set(scores).count == 1, "\(scores)")
    }

    private func parameter(_ path: String) throws -> [Float] {
        try #require(runs.open("out").parameter(path)).floatArray
    }

    @Test("Bits that would still fall stay where they are", arguments: [false, true])
    func unfinishedBits(packs: Bool) throws {
        let summary = try run(start: 12, target: 4, period: 50, packs: packs)
        #expect(summary.plan.warnings.contains { $0.contains("it ends at 12 bits") })
        try expectSame(summary)
        #expect(Set(try parameter(Self.query)).count > 128)
    }

    @Test(
        "Bits that fell on the way are those of the measured step",
        arguments: [(8, 2, 2, 6), (4, 1, 3, 3), (5, 4, 4, 4)])
    func partOfTheBits(start: Int, target: Int, period: Int, end: Int) throws {
        let summary = try run(start: start, target: target, period: period)
        try expectSame(summary)
        let values = Set(try parameter(Self.query)).count
        #expect(values <= 1 << end && values > 1 << (end - 1), "\(values) values")
    }

    @Test("Float weights that are still mixed in stay")
    func unfinishedMix() throws {
        let summary = try run(
            moq: ["fp16_mixed_quantize": ["enabled": true, "quantize_change_ratio": 0.1]], start: 8, target: 8,
            period: 0, packs: true)
        #expect(
            summary.plan.warnings.contains {
                $0.contains("60% of what the network computes with are still float weights")
            })
        try expectSame(summary)
        #expect(Set(try parameter(Self.query)).count > 250)
    }

    struct Late: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable (Int) -> [ConfigSection]
    }

    static let lateTechniques: [Late] = [
        Late(testDescription: "rows") {
            [.rows(0.1, ["intermediate.dense"], [#"layer.\w+.output.dense"#], method: "l1", offset: $0)]
        },
        Late(testDescription: "heads") {
            [.heads(0.5, of: 2, ["attention.output.dense"], ["self.query", "self.key", "self.value"], offset: $0)]
        },
        Late(testDescription: "channels", kind: .images) {
            [.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"], offset: $0)]
        },
        Late(testDescription: "weights") { [.sparse(0.5, ["query"], offset: $0)] },
        Late(testDescription: "inputs") { [.inputs(8, ["query"], offset: $0)] },
        Late(testDescription: "static inputs") { [.inputs(8, ["query"], offset: $0, range: "static")] },
        Late(testDescription: "bits") { [.weights(2, ["query"], offset: $0)] },
    ]

    private func shapes(_ name: String) throws -> [[Int]] {
        try runs.open(name).network.namedParameters.map(\.parameter.shape)
    }

    @Test("A technique whose offset lies behind the end is left out", arguments: lateTechniques, [20, 5])
    func late(_ late: Late, offset: Int) throws {
        let summary = try run(late.sections(offset), late.kind)
        #expect(
            summary.plan.warnings.contains {
                $0.contains("\(offset), but training has 4 steps; it does not come into force")
            })
        try expectSame(summary)
        #expect(try shapes("out") == shapes(late.kind == .bert ? "bert" : "images"))
        #expect(summary.plan.bytesAfter == summary.plan.bytesBefore)
        let model = try runs.open("out")
        #expect(model.activationSchemes.isEmpty)
        if late.kind == .bert { #expect(Set(try parameter(Self.query)).count > 200) }
    }

    @Test("A technique whose offset is the last step is in force in what is measured and saved", arguments: [4, 3])
    func justReached(offset: Int) throws {
        let summary = try run([
            .rows(0.5, ["intermediate.dense"], [#"layer.\w+.output.dense"#], method: "l1", offset: offset)
        ])
        try expectSame(summary)
        #expect(try runs.open("out").parameter("bert.encoder.layer.0.intermediate.dense.weight")?.shape == [12, 16])
    }

    @Test("A run that ended before cleaning is cleaned with the state of its best step")
    func resumed() throws {
        var request = try runs.request([.sparse(0.5, ["query"], offset: 50)], steps: 4)
        _ = try request.run()
        let whole = try runs.models.bytes("out/model.safetensors")
        try FileManager.default.removeItem(atPath: runs.models.path("out/model.safetensors"))
        request.training.start = .resume
        _ = try request.run()
        #expect(try runs.models.bytes("out/model.safetensors") == whole)
    }

    @Test("A loop of one's own says after how many steps it ended")
    func ownLoop() throws {
        let model = try runs.open("bert"),
            config = try [ConfigSection.sparse(0.5, ["query"], offset: 3)].config().compression
        func zeros(after steps: Int?) throws -> Int {
            let compression = try Compression(config, of: try runs.open("bert"), file: "c.json")
            compression.attach()
            if let steps { compression.finish(after: steps) }
            _ = compression.clean()
            let query = try #require(compression.network.namedParameters.first { $0.path == Self.query })
            return query.parameter.detached.floatArray.filter { $0 == 0 }.count
        }
        #expect(model.parameter(Self.query)?.floatArray.contains(0) == false)
        #expect(try [zeros(after: 2), zeros(after: 3), zeros(after: nil)] == [0, 128, 128])
    }
}
