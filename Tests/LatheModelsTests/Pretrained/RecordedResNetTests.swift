import LatheTensor
import LatheTestModels
import Testing

@testable import LatheModels

@Suite("Residual networks as torchvision saves them")
struct RecordedResNetTests {
    @Test(
        "Without a config.json, logits, gradients and running statistics are torch's",
        arguments: ["resnet-basic", "resnet-bottleneck"])
    func outputs(_ name: String) throws {
        let fixture = try PretrainedFixture(name), expected = try fixture.expected()
        let model = try #require(try fixture.model().network as? ResNet)
        let images = try expected.tensor("x")
        #expect(try relativeError(withInference { model(images) }, expected.tensor("logits")) <= 1e-5)
        let logits = withTraining { model(images) }
        #expect(try relativeError(logits, expected.tensor("train.logits")) <= 1e-5)
        let loss = logits.crossEntropy(try expected.tensor("labels"))
        #expect(try relativeError(loss, expected.tensor("loss")) <= 1e-5)
        loss.backward()
        for (path, parameter) in model.namedParameters {
            if parameter.isTrainable {
                let gradient = try #require(parameter.gradient, "\(path)")
                #expect(try relativeError(gradient, expected.tensor("grad/" + path)) <= 1e-4, "gradient of \(path)")
            } else {
                #expect(try relativeError(parameter.detached, expected.tensor("after/" + path)) <= 1e-5, "\(path)")
            }
        }
    }
}
