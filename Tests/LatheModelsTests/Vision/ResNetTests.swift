import LatheModels
import LatheNN
import LatheTensor
import Testing

@Suite("ResNet")
struct ResNetTests {
    @Test("Training steps follow the recorded losses, logits and gradients", arguments: [("resnet", false, Float(1e-4)), ("resnet_bn", true, 0.2)])
    func recordedTraining(_ name: String, hasBatchNorm: Bool, gradientTolerance: Float) throws {
        let run = try RecordedRun(name)
        let model = ResNet(ResNetConfiguration(depth: 20, baseChannels: 4, hasBatchNorm: hasBatchNorm))
        try run.start(model)
        // With three images a batch, batch normalisation magnifies rounding; the recorded data states the same tolerance.
        try run.replay(on: model, gradientTolerance: gradientTolerance) { batch in model(try run.file.tensor(batch + "x")) }
    }

    @Test("ResNet-20 has the published number of parameters")
    func parameters() {
        let model = ResNet(ResNetConfiguration(depth: 20))
        let trainable = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.shape.elementCount }
        // He et al. count 0.27 million with parameter-free shortcuts; ours have 1×1 convolutions with batch normalisation.
        #expect(trainable == 272_474)
    }
}
