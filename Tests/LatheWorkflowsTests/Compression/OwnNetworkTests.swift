import LatheDigits
import LatheNN
import LathePacking
import LatheTensor
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression

/// A network that no file of Lathe describes: a convolution, a normalisation, and three linear layers.
private final class OwnNetwork: Module {
    @Child("stem") var stem: Conv2d
    @Child("norm") var norm: BatchNorm2d
    @Child("mix") var mix: Conv2d
    @Child("body.expansion") var expansion: Linear
    @Child("body.projection") var projection: Linear
    @Child("head") var head: Linear

    init(seed: UInt64) {
        (stem, norm, mix, expansion, projection, head) = withRandomSource(RandomSource(seed: seed)) {
            (
                Conv2d(channels: 1, outputs: 8, kernelSize: 3), BatchNorm2d(channels: 8),
                Conv2d(channels: 8, outputs: 4, kernelSize: 1),
                Linear(inputs: 144, outputs: 32), Linear(inputs: 32, outputs: 16), Linear(inputs: 16, outputs: 10)
            )
        }
    }

    func callAsFunction(_ images: Tensor) -> Tensor {
        let features = mix(stem(images, norm: norm, activation: .relu)).reshaped([images.shape[0], 144])
        return head(projection(expansion(features, activation: .gelu)))
    }
}

private struct OwnTask: TrainingTask {
    let digits: DigitsDataset
    let identity = "some digits"
    let exampleCount = 64

    func loss(of model: OwnNetwork, on examples: [Int], random: inout SplitMix64) -> Tensor {
        model(digits.batch(examples)).crossEntropy(Tensor(examples.map { digits.labels[$0] }))
    }
}

@Suite("Compressing a network of one's own")
struct OwnNetworkTests {
    private let place: TinyModels
    private let task: OwnTask

    init() throws {
        place = try TinyModels()
        task = try OwnTask(digits: .loadSplit().train)
    }

    private static let sections: [ConfigSection] = [
        .weights(4, ["body", "stem", "mix"]), .inputs(8, ["body"]), .rows(0.5, ["body.expansion"], ["body.projection"]),
        .channels(0.5, ["stem"], ["norm", "mix"]),
    ]

    private var options: TrainingOptions { TrainingOptions(.steps(4), batchSize: 16, learningRate: 1e-3) }
    private var images: Tensor { task.digits.batch(0..<20) }

    private func outputs(_ network: OwnNetwork) -> Tensor { withInference { network(images) } }

    /// A network that was trained under compression, cleaned and saved.
    private func compressed(_ sections: [ConfigSection] = Self.sections, to name: String) throws -> (
        network: OwnNetwork, masked: Tensor
    ) {
        let network = OwnNetwork(seed: 1)
        let compression = try Compression(sections.config().compression, of: network, file: "c.json")
        try compression.train(network, on: task, options: options)
        let masked = outputs(network), cleaned = compression.clean()
        #expect(cleaned.pack().isEmpty)
        try cleaned.save(to: place.path(name))
        return (network, masked)
    }

    @Test(
        "It becomes smaller, computes what it computed under masks and rounding, and a new one reads it from its file")
    func roundTrip() throws {
        let (network, masked) = try compressed(to: "small.safetensors"), now = outputs(network)
        #expect((now - masked).largestMagnitude() < 1e-3 * masked.largestMagnitude())
        let again = OwnNetwork(seed: 2), pruned = try ModuleFile.load(place.path("small.safetensors"), into: again)
        #expect(
            again.stem.outputs == 4 && again.norm.channels == 4 && again.mix.channels == 4
                && again.expansion.outputs == 16 && again.projection.inputs == 16)
        #expect(pruned.shapes["body.projection"] == [16, 16])
        #expect(outputs(again).floatArray == now.floatArray)
        #expect(again.expansion.weight.parameter == nil && again.head.weight.parameter != nil)
    }

    @Test("What became smaller can be compressed further, and the second file knows of both")
    func again() throws {
        _ = try compressed([.rows(0.5, ["body.expansion"], ["body.projection"])], to: "first.safetensors")
        let network = OwnNetwork(seed: 3), pruned = try ModuleFile.load(place.path("first.safetensors"), into: network)
        let compression = try Compression(
            [ConfigSection.channels(0.5, ["stem"], ["norm", "mix"])].config().compression, of: network, pruned: pruned,
            file: "c.json")
        compression.attach()
        try compression.clean().save(to: place.path("second.safetensors"))
        let last = OwnNetwork(seed: 4)
        try ModuleFile.load(place.path("second.safetensors"), into: last)
        #expect(last.expansion.outputs == 16 && last.stem.outputs == 4)
        #expect(outputs(last).floatArray == outputs(network).floatArray)
    }

    @Test("Hooks run beside the compression's, at the same steps")
    func hooks() throws {
        let network = OwnNetwork(seed: 1),
            compression = try Compression(Self.sections.config().compression, of: network, file: "c.json")
        var reached: [Int] = [], computed: [Int] = [], updated: [Int] = []
        var hooks = TrainingHooks()
        hooks.didReach = { reached.append($0) }
        hooks.willCompute = { step, _ in computed.append(step) }
        hooks.willUpdate = { step, _ in updated.append(step) }
        try compression.train(network, on: task, options: options, hooks: hooks)
        #expect(reached == [0, 1, 2, 3, 4] && computed == [0, 1, 2, 3] && updated == [0, 1, 2, 3])
        #expect(
            network.expansion.weightTransforms.count == 2 && network.expansion.weightTransforms.allSatisfy(\.isActive))
    }

    @Test(
        "A file whose sizes do not fit is refused, and the network stays as it was",
        arguments: [
            (#"{"shapes": {"body.expansion": [64, 144]}}"#, "[64, 144] does not fit into [32, 144]"),
            (#"{"shapes": {"body.exit": [16, 144]}}"#, "no layer of the model has this name"),
            (#"{"shapes": {"body.expansion": [16, 144]}}"#, "body.expansion.weight: expected [16, 144], got [32, 144]"),
            (
                #"{"shapes": {"stem": [4, 1, 3, 3], "norm": [4], "body.expansion": [0, 144]}}"#,
                "expected the sizes of a weight"
            ),
            (#"{"heads": {"body": 2}}"#, "no attention of the model has this name"),
        ])
    func misfits(_ pruned: String, _ expected: String) throws {
        let path = place.path("whole.safetensors")
        try ModuleFile.save(OwnNetwork(seed: 1), to: path, metadata: [PrunedShapes.fieldName: pruned])
        let network = OwnNetwork(seed: 2), before = outputs(network)
        var message = ""
        do { try ModuleFile.load(path, into: network) } catch { message = "\(error)" }
        #expect(message.contains(expected), "\(message)")
        #expect(outputs(network).floatArray == before.floatArray)
    }

    @Test("A run goes on only with the config that it began with")
    func resumed() throws {
        func run(_ sections: [ConfigSection], _ start: TrainingStart, stopsAt last: Int) throws {
            let network = OwnNetwork(seed: 1),
                compression = try Compression(sections.config().compression, of: network, file: "c.json")
            let output = TrainingOutput<OwnNetwork>(directory: place.path("run"), start: start) {
                try ModuleFile.save($0, to: $1 + "/model.safetensors")
            }
            var hooks = TrainingHooks(), steps = 0
            hooks.shouldStop = {
                steps += 1; return steps > last
            }
            try compression.train(network, on: task, options: options, into: output, hooks: hooks)
        }
        #expect(throws: TrainingError.self) { try run(Self.sections, .new, stopsAt: 2) }
        var message = ""
        do { try run([.weights(8, ["body"])], .resume, stopsAt: 9) } catch { message = "\(error)" }
        #expect(message.contains("another") || message.contains("differ"), "\(message)")
        try run(Self.sections, .resume, stopsAt: 9)
    }
}
