import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTestModels
import Testing

@Suite("Pruned models whose files leave zeros out")
struct SparseModelTests {
    private static let bert = ConfigSection.bertLayers

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kind = CompressionRuns.Kind.bert
        let sections: @Sendable () -> [ConfigSection]
        /// Whether weights are codes, packed when they are read.
        var isQuantized = true
        /// Whether products read kept blocks only.
        var skipsZeros = false
    }

    static let cases: [Case] = [
        Case(
            testDescription: "4x1 by snip_momentum, W8A8",
            sections: { [.weights(8, bert), .inputs(8, bert), .snip(0.15)] }, skipsZeros: true),
        Case(
            testDescription: "8x1 by snip_momentum, W4A8",
            sections: { [.weights(4, bert), .inputs(8, bert), .snip(0.15, pattern: "8x1")] }, skipsZeros: true),
        Case(testDescription: "l1, W8A8", sections: { [.weights(8, bert), .inputs(8, bert), .sparse(0.2, bert)] }),
        Case(testDescription: "topk in floats", sections: { [.sparse(0.2, bert, method: "topk")] }, isQuantized: false),
        Case(
            testDescription: "2:4 by snip_momentum in floats", sections: { [.snip(0.5, pattern: "2:4")] },
            isQuantized: false),
        Case(
            testDescription: "a residual network, l1 in floats", kind: .images, sections: { [.sparse(0.2, ["conv"])] },
            isQuantized: false),
        Case(
            testDescription: "GPT-2, l1 in floats", kind: .gpt2, sections: { [.sparse(0.2, ["attn", "mlp"])] },
            isQuantized: false),
    ]

    @Test("Files are smaller, and every value comes back", arguments: cases)
    func roundTrip(_ example: Case) throws {
        let runs = try CompressionRuns()
        var request = try runs.request(example.sections(), example.kind, to: "floats")
        _ = try request.run()
        request.training.output = runs.models.path("packed")
        request.packs = true
        _ = try request.run()
        let floats = try runs.open("floats"), packed = try runs.open("packed")
        #expect(
            try runs.models.bytes("packed/model.safetensors").count
                < runs.models.bytes("floats/model.safetensors").count)
        #expect(packed.configuration.quantization?.leavesOutZeros == true)
        let (expected, got) = (weights(floats), weights(packed))
        #expect(expected.count == got.count)
        for (path, values) in expected { #expect(got[path]?.floatArray == values.floatArray, "\(path)") }
        let sparse = packed.network.namedModules.filter {
            if case .packed(let weight)? = ($0.module as? Linear)?.weight { weight is BlockSparseWeight } else { false }
        }
        #expect(sparse.isEmpty != example.skipsZeros)
        #expect(packed.network.layerSchemes(includesActivations: false).isEmpty != example.isQuantized)
        let outputs = (CompressionRuns.outputs(floats), CompressionRuns.outputs(packed))
        let difference = (outputs.1 - outputs.0).largestMagnitude() / outputs.0.largestMagnitude()
        #expect(difference < (example.isQuantized ? 0.1 : 1e-5), "outputs differ by \(difference)")
    }

    /// The values of linear layers' and convolutions' weights.
    private func weights(_ model: PretrainedModel) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: model.network.namedModules.compactMap { path, module in
                switch module {
                case let linear as Linear:
                    if case .packed(let weight) = linear.weight { return (path, weight.unpacked) }
                    return linear.weight.parameter.map { (path, $0.detached) }
                case let convolution as Conv2d: return convolution.weight.parameter.map { (path, $0.detached) }
                default: return nil
                }
            })
    }
}
