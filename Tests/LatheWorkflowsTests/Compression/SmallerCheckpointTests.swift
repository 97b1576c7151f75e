import Foundation
import LatheCheckpoints
import LatheFiles
import LatheTensor
import LatheTestModels
import LatheTestFiles
import Testing

@Suite("Checkpoints that are smaller than their configuration says")
struct SmallerCheckpointTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable () -> [ConfigSection]
    }

    static let examples: [Case] = [
        Case(testDescription: "rows") { [.bertRows] },
        Case(testDescription: "heads") { [.bertHeads] },
        Case(testDescription: "rows and heads") { [.bertRows, .bertHeads] },
        Case(testDescription: "GPT-2", kind: .gpt2) { [.gptRows, .gptHeads] },
        Case(testDescription: "channels", kind: .images) {
            [.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"])]
        },
        Case(testDescription: "channels without norms", kind: .plainImages) {
            [.channels(0.5, ["layer....conv1"], ["layer....conv2"])]
        },
    ]

    private func compressed(_ example: Case) throws -> CompressionRuns {
        let runs = try CompressionRuns()
        _ = try runs.request(example.sections(), example.kind).run()
        return runs
    }

    /// Removes from `config.json` what Lathe says of pruned layers, as DeepSpeed's models have it.
    private func forgetShapes(_ runs: CompressionRuns) throws {
        let config = try StrictJSON.parse(String(decoding: runs.models.bytes("out/config.json"), as: UTF8.self))
        #expect(config["lathe_pruned"] != nil)
        try runs.models.file("out/config.json", config.setting("lathe_pruned", to: nil).text())
    }

    @Test("Shapes are those of the tensors, and the saved configuration has them", arguments: examples)
    func shapes(_ example: Case) throws {
        let runs = try compressed(example), whole = try runs.open("out")
        try forgetShapes(runs)
        let opened = try runs.open("out")
        #expect(opened.configuration.pruned == whole.configuration.pruned)
        expectSame(CompressionRuns.outputs(opened), CompressionRuns.outputs(whole))
        try opened.save(to: runs.models.path("again"))
        #expect(try runs.open("again").configuration.pruned == whole.configuration.pruned)
    }

    private func expectSame(_ left: Tensor, _ right: Tensor) { #expect(left.isIdentical(to: right)) }

    @Test("GPT-2 in the layout of linear layers opens, pruned or not", arguments: [true, false])
    func linearLayout(isPruned: Bool) throws {
        let runs = isPruned ? try compressed(Self.examples[3]) : try CompressionRuns()
        if !isPruned { try runs.models.gpt2("out") }
        let whole = try runs.open("out")
        if isPruned { try forgetShapes(runs) }
        let path = runs.models.path("out/model.safetensors"), file = try SafetensorsFile(path: path)
        var writer = SafetensorsWriter(metadata: file.metadata)
        for name in file.names {
            let tensor = try file.tensor(name), isTransposed = name.contains(".c_") && tensor.rank == 2
            writer.add(name, isTransposed ? tensor.transposed() : tensor)
        }
        try writer.write(to: path)
        expectSame(CompressionRuns.outputs(try runs.open("out")), CompressionRuns.outputs(whole))
    }

    @Test("Smaller tensors that do not fit together are still an error")
    func misfit() throws {
        let runs = try compressed(Self.examples[0])
        try forgetShapes(runs)
        let path = runs.models.path("out/model.safetensors"), file = try SafetensorsFile(path: path)
        var writer = SafetensorsWriter(metadata: file.metadata)
        for name in file.names {
            let tensor = try file.tensor(name)
            writer.add(name, name == "bert.encoder.layer.0.output.dense.weight" ? .zeros([16, 7]) : tensor)
        }
        try writer.write(to: path)
        #expect(throws: (any Error).self) { try runs.open("out") }
    }
}
