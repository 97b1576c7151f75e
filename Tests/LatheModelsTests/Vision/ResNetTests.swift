import LatheModels
import LatheTensor
import Testing

@Suite("ResNet")
struct ResNetTests {
    @Test(
        "Training steps follow the recorded losses, logits and gradients",
        arguments: [("resnet", false, Float(1e-4)), ("resnet_bn", true, 0.2)])
    func recordedTraining(_ name: String, hasBatchNorm: Bool, gradientTolerance: Float) throws {
        let run = try RecordedRun(name)
        let model = ResNet(ResNetConfiguration(depth: 20, baseChannels: 4, hasBatchNorm: hasBatchNorm))
        try run.start(model)
        // With three images a batch, batch normalisation magnifies rounding; the recorded data states the same
        // tolerance.
        try run.replay(on: model, gradientTolerance: gradientTolerance) { batch in
            model(try run.file.tensor(batch + "x"))
        }
    }

    @Test("ResNet-20 has the published number of parameters")
    func parameters() {
        let model = ResNet(ResNetConfiguration(depth: 20))
        let trainable = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.shape.elementCount }
        // He et al. count 0.27 million with parameter-free shortcuts; ours have 1×1 convolutions with batch
        // normalisation.
        #expect(trainable == 272_474)
    }

    @Test(
        "ImageNet's networks have the published numbers of parameters, running statistics not counted",
        arguments: [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)])
    func imageNetParameters(depth: Int, count: Int) {
        let configuration = ResNetConfiguration.imageNet(depth: depth)
        #expect(configuration.depth == depth)
        let trainable = configuration.tensorShapes.filter { !$0.key.contains(".running_") }
        #expect(trainable.values.reduce(0) { $0 + $1.elementCount } == count)
    }

    @Test("An image of 224×224 becomes features of 7×7 and logits", arguments: [(18, 16), (50, 64)])
    func imageNetShapes(depth: Int, features: Int) {
        let model = ResNet(.imageNet(depth: depth, baseChannels: 2, labelCount: 5))
        let images = Tensor.randomNormal([1, 3, 224, 224])
        withInference {
            #expect(model.features(images).shape == [1, features, 7, 7])
            #expect(model(images).shape == [1, 5])
        }
    }

    @Test("Every trainable parameter has a part in the loss", arguments: ResNetKinds.all)
    func gradients(_ configuration: ResNetConfiguration) {
        let model = ResNet(configuration)
        let images = Tensor.randomNormal([2, configuration.imageChannels, 32, 32])
        withTraining { model(images).squared().sum().backward() }
        for (path, parameter) in model.namedParameters where parameter.isTrainable {
            #expect(parameter.gradient?.largestMagnitude() ?? 0 > 0, "\(path)")
        }
    }

    @Test("Names of a bottleneck are torchvision's, in its order")
    func names() {
        let model = ResNet(.imageNet(depth: 50, baseChannels: 2))
        func norm(_ name: String) -> [String] {
            ["weight", "bias", "running_mean", "running_var"].map { "\(name).\($0)" }
        }
        let block =
            (1...3).flatMap { ["conv\($0).weight"] + norm("bn\($0)") } + ["downsample.0.weight"] + norm("downsample.1")
        let expected = ["conv1.weight"] + norm("bn1") + block.map { "layer1.0." + $0 } + ["layer1.1.conv1.weight"]
        let names = model.namedParameters.map(\.path)
        #expect(Array(names.prefix(expected.count)) == expected)
        #expect(names.suffix(2) == ["fc.weight", "fc.bias"])
    }

    @Test("Fresh convolutions of a network for ImageNet have torchvision's deviation")
    func initialization() throws {
        let stem = try #require(ResNet(.imageNet(depth: 18, baseChannels: 32)).namedParameters.first)
        #expect(stem.path == "conv1.weight")
        let deviation = stem.parameter.detached.squared().mean().scalar.squareRoot()
        #expect(abs(deviation / (2 / Float(32 * 49)).squareRoot() - 1) < 0.05)
    }
}
