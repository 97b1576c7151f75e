import LatheModels
import LatheNN
import LathePacking
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("8 bits in the library and in configs")
struct LowBitAgreementTests {
    @Test(
        "packWeights and the config for int8 take the same layers, with the same bits and activations",
        arguments: StarterConfigTests.cases)
    func layers(_ test: StarterConfigTests.Case) throws {
        let packed = PretrainedModel(test.configuration), rounded = PretrainedModel(test.configuration)
        packed.network.packWeights(.w8a8)
        let config = try DeepSpeedConfig(json: StarterConfig(.int8, for: test.configuration).json, file: "c.json")
        let compression = try Compression(config.compression, of: rounded, file: "c.json")
        compression.attach()
        _ = compression.clean().pack()
        let (left, right) = (schemes(packed.network), schemes(rounded.network))
        #expect(left.map(\.path) == right.map(\.path))
        #expect(left.map(\.scheme.weight?.bits) == right.map(\.scheme.weight?.bits))
        #expect(left.map(\.scheme.inputs) == right.map(\.scheme.inputs))
        #expect(!left.isEmpty)
    }

    private func schemes(_ network: any Module) -> [(path: String, scheme: LayerScheme)] {
        network.layerSchemes(includesActivations: true)
    }

    @Test("Layers that are named take the place of the usual ones")
    func named() {
        let model = PretrainedModel(
            ModelPreset.smallResNet(depth: 8, hasBatchNorm: true).configuration(labels: ["a", "b"]))
        #expect(model.network.packWeights(.w8a8) { $0 == "fc" } == ["fc"])
    }
}
