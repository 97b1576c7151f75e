import Foundation
import LatheCheckpoints
import LatheNN
import LathePacking
import LatheTensor
import Testing

private final class Network: Module {
    @Child("features.0") var convolution: Conv2d
    @Child("features.1") var norm: BatchNorm2d
    @Child("head") var head: Linear

    init() {
        convolution = Conv2d(
            channels: 2, outputs: 4, kernelSize: 3, options: ConvolutionOptions(padding: 1), hasBias: false)
        norm = BatchNorm2d(channels: 4)
        head = Linear(inputs: 4, outputs: 3)
    }

    func callAsFunction(_ images: Tensor) -> Tensor {
        head(convolution(images, norm: norm, activation: .relu).globalAveragePool())
    }
}

/// A path that nothing has, and whatever is written there is removed in the end.
private final class ScratchFile {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString).safetensors")
        .path

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Network files")
struct ModuleFileTests {
    private let random = RandomSource(seed: 9)
    private let file = ScratchFile()

    @Test("A network comes back with the same output", arguments: [false, true])
    func roundTrip(isPacked: Bool) throws {
        let (saved, loaded) = withRandomSource(random) { (Network(), Network()) }
        if isPacked { saved.packWeights(.w8a8) }
        try ModuleFile.save(saved, to: file.path)
        try ModuleFile.load(file.path, into: loaded)
        let images = Tensor.randomNormal([2, 2, 6, 6], from: random)
        let (before, after) = withInference { (saved(images), loaded(images)) }
        #expect(after.floatArray == before.floatArray)
    }

    @Test("A shaped network comes back with its scores, masks and ranges, and is packed as it is cleaned")
    func transformed() throws {
        let networks = withRandomSource(random) { (0..<2).map { _ in Network() } }
        for network in networks {
            let kernel = try #require(network.convolution.weight.parameter),
                table = try #require(network.head.weight.parameter)
            network.convolution.attach(
                PruningMask(.output, keeping: 0.5, training: PruningUnit.output.initialScores(for: kernel.detached)))
            network.head.attach(PruningMask(.element, keeping: 0.5, ofLargestIn: table.detached))
            network.head.activationTransforms.append(ActivationQuantizer(bits: 8, calibration: .running(momentum: 0.5)))
        }
        let images = Tensor.randomNormal([2, 2, 6, 6], from: random)
        _ = withTraining { networks[0](images) }
        try ModuleFile.save(networks[0], to: file.path)
        try ModuleFile.load(file.path, into: networks[1])
        let (before, after) = withInference { (networks[0](images), networks[1](images)) }
        #expect(after.floatArray == before.floatArray)
        for network in networks { network.head.bakeWeight() }
        networks[0].packWeights(.float32)
        networks[1].convolution.bakeWeight()
        let (packed, baked) = withInference { (networks[0](images), networks[1](images)) }
        #expect((packed - baked).largestMagnitude() < 1e-5)
        #expect(networks[0].namedTensors.map(\.path).contains("head.activation_quantizer.x_min_max"))
    }

    @Test("Names in the file are the modules' paths; packed weights add their scales")
    func names() throws {
        let network = withRandomSource(random) { Network() }
        network.packWeights(.w8a8)
        try ModuleFile.save(network, to: file.path)
        let names = try SafetensorsFile(path: file.path).names.sorted()
        #expect(
            names == [
                "features.0.weight", "features.0.weight_scale", "features.1.bias", "features.1.running_mean",
                "features.1.running_var",
                "features.1.weight", "head.bias", "head.weight", "head.weight_scale",
            ])
    }

    @Test("Everything that does not fit is listed, and nothing is assigned")
    func mismatch() throws {
        let network = withRandomSource(random) { Network() }
        let before = network.head.bias?.detached.floatArray
        var writer = SafetensorsWriter()
        writer.add("head.weight", .zeros([3, 5]))
        writer.add("head.bias", .zeros([3]))
        writer.add("head.extra", .zeros([1]))
        writer.add("features.0.weight", .zeros([4, 2, 3, 3]).cast(to: .int8))
        writer.add("features.0.weight_scale", .ones([4, 1, 1]))
        let scheme = LayerScheme(
            format: "int-quantized", weight: WeightScheme(bits: 8, grid: .symmetric, granularity: .channel))
        writer.metadata["quantization_config"] = QuantizationConfig([("features.0", scheme)], opensInPython: false)?
            .json.text()
        try writer.write(to: file.path)
        let error = #expect(throws: ModuleFileError.self) { try ModuleFile.load(file.path, into: network) }
        #expect(
            error?.problems == [
                .damaged("features.0.weight_scale", "expected [4, 1], got [4, 1, 1]"),
                .missing("features.1.weight"), .missing("features.1.bias"), .missing("features.1.running_mean"),
                .missing("features.1.running_var"),
                .wrongShape("head.weight", expected: [3, 4], got: [3, 5]),
                .unexpected("head.extra"),
            ])
        #expect(network.head.bias?.detached.floatArray == before)
    }
}
