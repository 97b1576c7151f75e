import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import Testing

/// Residual networks in inference, which run as programs for images with their channels last, compared with the layers
/// one by one.
@Suite("Residual networks as programs")
struct ImageInferenceTests {
    /// A network whose normalisations have seen a batch.
    private func network(_ configuration: ResNetConfiguration, _ images: Tensor, seed: UInt64 = 5) -> ResNet {
        withRandomSource(RandomSource(seed: seed)) {
            let network = ResNet(configuration)
            withTraining { _ = withoutGradients { network(images) } }
            return network
        }
    }

    private func images(_ configuration: ResNetConfiguration, count: Int = 3, height: Int = 33, width: Int = 38)
        -> Tensor
    {
        .randomNormal([count, configuration.imageChannels, height, width], from: RandomSource(seed: 9))
    }

    private func layerByLayer(_ network: ResNet, _ images: Tensor) -> Tensor {
        network.classifier(network.features(images).globalAveragePool())
    }

    /// The error's share of the largest value.
    private func error(_ result: Tensor, _ expected: Tensor) -> Float {
        (result - expected).largestMagnitude() / max(expected.largestMagnitude(), 1e-20)
    }

    @Test(
        "Floats give what the layers give", arguments: ResNetKinds.all,
        [(Precision.float32, Float(1e-5)), (.bfloat16, 5e-2)])
    func floats(_ configuration: ResNetConfiguration, _ precision: (Precision, tolerance: Float)) {
        let images = images(configuration), network = network(configuration, images)
        withInference {
            withPrecision(precision.0) {
                #expect(error(network(images), layerByLayer(network, images)) < precision.tolerance)
            }
        }
    }

    @Test(
        "8-bit images with a range each give nearly what the layers give", arguments: ResNetKinds.all,
        [WeightFormat.w8a8, .w4a8, .w1a8])
    func dynamicCodes(_ configuration: ResNetConfiguration, _ format: WeightFormat) {
        let images = images(configuration), network = network(configuration, images)
        #expect(!network.packWeights(format).isEmpty)
        withInference {
            // Activations next to a tie get the code beside.
            #expect(error(network(images), layerByLayer(network, images)) < 0.05)
        }
    }

    @Test(
        "8-bit images in static ranges give nearly what the layers give", arguments: ResNetKinds.all,
        QuantizationGrid.allCases)
    func staticCodes(_ configuration: ResNetConfiguration, _ grid: QuantizationGrid) throws {
        let images = images(configuration), network = network(configuration, images)
        let convolutions = network.namedModules.compactMap { $0.module as? Conv2d }
        for layer in convolutions {
            let quantizer = ActivationQuantizer(bits: 8, grid: grid, calibration: .running(momentum: 0.9))
            quantizer.isCalibrating = true
            layer.activationTransforms.append(quantizer)
        }
        withInference { _ = layerByLayer(network, images) }
        for case let quantizer as ActivationQuantizer in convolutions.flatMap(\.activationTransforms.list) {
            quantizer.isCalibrating = false
            let range = try #require(quantizer.range)
            quantizer.range = (min(range.low, 0), max(range.high, 0))
        }
        network.packWeights(.w8a8)
        withInference {
            #expect(error(network(images), layerByLayer(network, images)) < 0.05)
        }
    }

    @Test("A weight that changes takes effect, and so does a normalisation")
    func changes() {
        let configuration = ResNetConfiguration(depth: 8, baseChannels: 3)
        let images = images(configuration), network = network(configuration, images)
        withInference {
            let before = network(images)
            network.stage2[0].convolution1.weight = .dense(
                Parameter(.randomNormal([6, 3, 3, 3], from: RandomSource(seed: 1))))
            let replaced = network(images)
            #expect(error(replaced, before) > 1e-3)
            #expect(error(replaced, layerByLayer(network, images)) < 1e-5)
            network.stage1[0].norm1?.bias.value = .ones([3])
            #expect(error(network(images), replaced) > 1e-3)
            #expect(error(network(images), layerByLayer(network, images)) < 1e-5)
            network.stage3[0].norm2?.epsilon = 0.5
            #expect(error(network(images), layerByLayer(network, images)) < 1e-5)
        }
    }

    @Test(
        "What is not finite in an image becomes NaN in its logits, and in no others",
        arguments: [WeightFormat.float32, .w8a8])
    func notFinite(_ format: WeightFormat) {
        let configuration = ResNetConfiguration(depth: 8, baseChannels: 4)
        var values = images(configuration, count: 2, height: 16, width: 16).floatArray
        let network = network(configuration, images(configuration, count: 2, height: 16, width: 16))
        network.packWeights(format)
        values[100] = .nan
        let logits = withInference { network(Tensor(values, shape: [2, 3, 16, 16])).floatArray }
        let first = logits.prefix(configuration.labelCount), second = logits.suffix(configuration.labelCount)
        #expect(first.filter(\.isNaN).count == first.count)
        #expect(second.filter(\.isFinite).count == second.count)
    }
}
