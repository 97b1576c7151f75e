import LatheModels
import Testing

/// One small configuration of each kind.
enum ResNetKinds {
    static let all = [
        ResNetConfiguration(depth: 20, baseChannels: 4),
        ResNetConfiguration(depth: 8, baseChannels: 3, imageChannels: 1, labelCount: 7, hasBatchNorm: false),
        .imageNet(depth: 18, baseChannels: 2),
        .imageNet(depth: 34, baseChannels: 2, imageChannels: 1),
        .imageNet(depth: 50, baseChannels: 2, labelCount: 3),
        ResNetConfiguration(stem: .smallImages, block: .bottleneck, stages: [1, 2], baseChannels: 2, labelCount: 4),
        ResNetConfiguration(
            stem: .largeImages, block: .basic, stages: [2], baseChannels: 3, labelCount: 4, hasBatchNorm: false),
    ]
}

@Suite("ResNet configuration from shapes")
struct ResNetShapesTests {
    private let shapes = ResNetConfiguration.imageNet(depth: 18, baseChannels: 2).tensorShapes

    @Test("A configuration's shapes are those of its network", arguments: ResNetKinds.all)
    func shapes(_ configuration: ResNetConfiguration) {
        let tensors = ResNet(configuration).namedTensors
        #expect(
            configuration.tensorShapes == Dictionary(uniqueKeysWithValues: tensors.map { ($0.path, $0.tensor.shape) }))
    }

    @Test(
        "A network's shapes give its configuration",
        arguments: ResNetKinds.all + ResNetConfiguration.imageNetDepths.map { .imageNet(depth: $0) })
    func roundTrip(_ configuration: ResNetConfiguration) {
        #expect(ResNetConfiguration(tensorShapes: configuration.tensorShapes) == configuration)
    }

    @Test("Torch's counts of batches may be there")
    func batchCounts() {
        var shapes = shapes
        for name in shapes.keys where name.hasSuffix("running_mean") {
            shapes[name.replacing("running_mean", with: "num_batches_tracked")] = []
        }
        #expect(ResNetConfiguration(tensorShapes: shapes)?.depth == 18)
    }

    @Test("Tensors of another network give none")
    func others() {
        #expect(ResNetConfiguration(tensorShapes: [:]) == nil)
        #expect(ResNetConfiguration(tensorShapes: ["conv1.weight": [2, 3, 7, 7], "fc.weight": [4, 2]]) == nil)
        for name in shapes.keys {
            var fewer = shapes
            fewer[name] = nil
            #expect(
                ResNetConfiguration(tensorShapes: fewer) != ResNetConfiguration(tensorShapes: shapes), "without \(name)"
            )
        }
        func changed(_ name: String, _ shape: [Int]) -> ResNetConfiguration? {
            var shapes = shapes
            shapes[name] = shape
            return ResNetConfiguration(tensorShapes: shapes)
        }
        #expect(changed("layer2.0.conv2.weight", [4, 2, 3, 3]) == nil)
        #expect(changed("layer1.0.se.fc.weight", [2, 2]) == nil)
        #expect(changed("conv1.weight", [2, 3, 5, 5]) == nil)
        #expect(changed("conv1.weight", [2, 3]) == nil)
        #expect(changed("conv1.weight", [.max, 0, 7, 7]) == nil)
        #expect(changed("fc.weight", [10]) == nil)
    }
}
