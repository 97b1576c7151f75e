import LatheTensor
import LatheTestModels
import Testing

@testable import LatheWorkflows

@Suite("Zeros at one bit")
struct BinaryZeroTests {
    private let runs: CompressionRuns
    private static let query = "bert.encoder.layer.0.attention.self.query", table = "bert.embeddings.word_embeddings"

    init() throws { runs = try CompressionRuns() }

    private func quantize(_ sections: [ConfigSection], _ model: String, to output: String, packs: Bool = false) throws {
        var request = PostTrainingQuantization(
            model: runs.models.path(model), config: try sections.config(), configFile: "c.json",
            output: runs.models.path(output))
        request.packs = packs
        #expect(try request.run().largestDifference < 1e-6)
    }

    private func zeroCount(_ path: String, _ model: String) throws -> Int {
        try #require(runs.open(model).parameter(path + ".weight")).floatArray.filter { $0 == 0 }.count
    }

    @Test("Pruned weights stay zeros, in masters and packed weights", arguments: [true, false])
    func pruned(isInForward: Bool) throws {
        try quantize([.sparse(0.5, ["query"])], "bert", to: "sparse")
        #expect(try zeroCount(Self.query, "sparse") == 128)
        let binary = [ConfigSection.weights(1, ["query"], inForward: isInForward)]
        try quantize(binary, "sparse", to: "floats")
        #expect(try zeroCount(Self.query, "floats") == 128)
        let values = try #require(runs.open("floats").parameter(Self.query + ".weight")).floatArray
        #expect(Set(values.map(abs)).count == 2)
        try quantize(binary, "sparse", to: "packed", packs: true)
        let packed = try runs.open("packed"), floats = try runs.open("floats")
        #expect((CompressionRuns.outputs(packed) - CompressionRuns.outputs(floats)).largestMagnitude() < 1e-5)
    }

    @Test("A padding row and pruned rows stay zeros, at a bit a weight", arguments: [true, false], [1, 4])
    func rows(isInForward: Bool, groups: Int) throws {
        let model = try runs.open("bert")
        for (path, parameter) in model.network.namedParameters
        where path.hasPrefix(Self.table) || path == Self.query + ".weight" {
            var values = parameter.detached.floatArray
            for index in values.indices where index / 16 % 8 == 0 { values[index] = 0 }
            parameter.value = Tensor(values, shape: parameter.shape)
        }
        try model.save(to: runs.models.path("padded"), tokenizerFrom: runs.models.path("bert"))
        let count = try [Self.table, Self.query].map { try zeroCount($0, "padded") }
        #expect(count == [64, 32])
        let binary = [ConfigSection.weights(1, ["query", "word_embeddings"], groups: groups, inForward: isInForward)]
        try quantize(binary, "padded", to: "floats")
        #expect(try [Self.table, Self.query].map { try zeroCount($0, "floats") } == count)
        try quantize(binary, "padded", to: "packed", packs: true)
        let packed = try runs.open("packed")
        #expect(
            (CompressionRuns.outputs(packed) - CompressionRuns.outputs(try runs.open("floats"))).largestMagnitude()
                < 1e-5)
    }

    /// A model of each other kind, with layers of which a file may have them transposed, in four dimensions.
    private static let others: [(CompressionRuns.Kind, [String])] = [
        (.gpt2, ["c_attn", "c_proj"]), (.gpt2, ["c_fc"]), (.images, ["conv"]), (.plainImages, ["conv2", "fc"]),
    ]

    @Test("Zeros of other networks stay, too", arguments: others)
    func otherNetworks(_ kind: CompressionRuns.Kind, _ modules: [String]) throws {
        if kind == .gpt2 {
            try runs.models.gpt2("gpt2")
        } else {
            try runs.models.digits(kind.rawValue, hasBatchNorm: kind == .images)
        }
        func zeros(_ name: String) throws -> [String: [Int]] {
            try runs.open(name).network.namedParameters.reduce(into: [:]) { places, pair in
                guard pair.path.hasSuffix(".weight"), modules.contains(where: pair.path.contains) else { return }
                let values = pair.parameter.detached.floatArray
                places[pair.path] = values.indices.filter { values[$0] == 0 }
            }
        }
        try quantize([.sparse(0.5, modules)], kind.rawValue, to: "sparse")
        let sparse = try zeros("sparse")
        #expect(!sparse.isEmpty && sparse.values.allSatisfy { !$0.isEmpty })
        try quantize([.weights(1, modules)], "sparse", to: "floats")
        #expect(try zeros("floats") == sparse)
        try quantize([.weights(1, modules)], "sparse", to: "packed", packs: true)
        let packed = try CompressionRuns.outputs(runs.open("packed")),
            floats = try CompressionRuns.outputs(runs.open("floats"))
        #expect((packed - floats).largestMagnitude() <= 1e-5 * max(1, floats.largestMagnitude()))
    }
}
