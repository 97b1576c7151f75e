import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheExport

/// A form of a weight that a program made for itself.
private final class HalvedWeight: PackedLinearWeight {
    private let panels: FloatPanels

    init(_ weight: Tensor) { panels = FloatPanels(weight * 0.5, precision: .float32) }

    var shape: [Int] { panels.shape }
    var byteCount: Int { panels.byteCount }
    var arithmetic: PackedMatrix.Arithmetic { panels.arithmetic }
    var storedTensors: [(suffix: String, tensor: Tensor)] { [("_halved", panels.unpacked)] }
    var unpacked: Tensor { panels.unpacked * 2 }

    func linear(_ input: PreparedInput, bias: Tensor?, activation: Activation, residual: Tensor?) -> Tensor {
        panels.linear(input, bias: bias, activation: activation, residual: residual)
    }
}

@Suite("Weights of a form of a program's own")
struct UnknownWeightTests {
    private let models: TinyModels
    private let model: PretrainedModel

    init() throws {
        models = try TinyModels()
        model = try PretrainedModel(directory: models.bert("bert"))
        let network = try #require(model.network as? BertForSequenceClassification)
        network.classifier.weight = .packed(HalvedWeight(try #require(network.classifier.weight.parameter).detached))
    }

    @Test("An export names the layer and the form")
    func exports() {
        #expect(throws: ExportError.unknownWeight(.init(layer: "classifier", form: "HalvedWeight"))) {
            try ONNXModel(model)
        }
    }

    @Test("So does a model that is saved, and nothing is written")
    func saves() throws {
        let error = #expect(throws: UnknownWeightFormError.self) { try model.save(to: models.path("saved")) }
        #expect(error?.layer == "classifier" && error?.form == "HalvedWeight")
        #expect(!models.exists("saved/model.safetensors"))
    }
}
